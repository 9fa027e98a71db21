#!/usr/bin/env bash
# node.sh BIN CONTROL ETCD STATE CGROUP: a one-node Kubernetes cluster, as the first process of its own network,
# mount and process namespaces. It sees no other network, nothing outside reaches its pods, and its end ends all.
# BIN has the kubelet and its like, CONTROL kube-apiserver and kubectl, ETCD etcd; STATE has the certificates.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
bin=$1 control=$2 etcd=$3 state=$4 cgroup=$5
node=10.244.0.1 pods=10.244.0.0/16 services=10.96.0.0/16 dns=10.96.0.10
cd "$state"

mount --make-rshared /                      # volumes of pods need shared mounts
mount -t tmpfs tmpfs /run                   # sockets and locks, gone with the node
mkdir -p log/var cni/net.d cni/data kubelet /var/lib/cni /var/lib/kubelet
mount --bind log/var /var/log               # the kubelet writes there whatever it is told; so do CNI and the kubelet here
mount --bind cni/data /var/lib/cni
mount --bind kubelet /var/lib/kubelet
# The kubelet insists on these kernel settings; the kernel is not ours, so it finds what it wants and writes nothing.
for setting in vm/overcommit_memory=1 kernel/panic=10 kernel/panic_on_oops=1; do
  file=/run/$(basename "${setting%=*}")
  echo "${setting#*=}" >"$file"
  mount --bind "$file" "/proc/sys/${setting%=*}"
done
: >resolv.conf
mount --bind resolv.conf /etc/resolv.conf   # nobody to ask out there

ip link set lo up
ip link add cni0 type bridge
ip addr add $node/16 dev cni0               # the node's address, and the gateway of its pods
ip link set cni0 up
ip addr add $dns/32 dev lo
ip route add default dev cni0               # leads nowhere; some components want one
echo 1 >/proc/sys/net/ipv4/ip_forward

cat >cni/net.d/10-bridge.conflist <<C
{"cniVersion": "0.4.0", "name": "pods", "plugins": [{"type": "bridge", "bridge": "cni0", "isGateway": true, "hairpinMode": true,
  "ipam": {"type": "host-local", "dataDir": "$state/cni/data", "routes": [{"dst": "0.0.0.0/0"}],
           "ranges": [[{"subnet": "$pods", "rangeStart": "10.244.0.10", "gateway": "$node"}]]}}]}
C
cat >containerd.toml <<C
version = 2
root = "$state/containerd"
state = "/run/containerd"
[grpc]
  address = "$state/containerd.sock"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "localhost/pause:1"
  # Without CAP_SYS_RESOURCE no score can be lowered.
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "$state/cni/net.d"
C
# The pods' cgroups are our own: another kubelet of this machine would end what it does not know.
cat >kubelet.yaml <<C
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
containerRuntimeEndpoint: unix://$state/containerd.sock
cgroupDriver: cgroupfs
cgroupRoot: /$cgroup
failCgroupV1: false
failSwapOn: false
authentication: {anonymous: {enabled: true}, webhook: {enabled: false}}
authorization: {mode: AlwaysAllow}
clusterDomain: cluster.local
clusterDNS: [$dns]
resolvConf: $state/resolv.conf
podLogsDir: $state/log/pods
volumePluginDir: $state/kubelet/plugins
evictionHard: {memory.available: "0%", nodefs.available: "0%", imagefs.available: "0%", nodefs.inodesFree: "0%", imagefs.inodesFree: "0%"}
imageGCHighThresholdPercent: 100
C

run() { local name=$1; shift; "$@" >"log/$name.log" 2>&1 & }
run etcd "$etcd/etcd" --data-dir etcd --unsafe-no-fsync
run kube-apiserver "$control/kube-apiserver" --etcd-servers=http://127.0.0.1:2379 --bind-address=0.0.0.0 --advertise-address=$node \
  --tls-cert-file=api.crt --tls-private-key-file=api.key --cert-dir=certificates \
  --service-account-issuer=https://kubernetes.default.svc.cluster.local --service-account-key-file=api.key --service-account-signing-key-file=api.key \
  --authorization-mode=Node,RBAC --token-auth-file=tokens.csv --service-cluster-ip-range=$services --allow-privileged=true \
  --kubelet-preferred-address-types=InternalIP
run containerd containerd --config containerd.toml
run dns python3 "$here/dns.py" $dns $node "$control/kubectl" admin.conf
until "$control/kubectl" --kubeconfig admin.conf get --raw /readyz >/dev/null 2>&1; do sleep 0.2; done
run kube-controller-manager "$bin/kube-controller-manager" --kubeconfig=admin.conf --leader-elect=false \
  --service-account-private-key-file=api.key --root-ca-file=ca.crt --flex-volume-plugin-dir="$state/kubelet/plugins"
run kube-scheduler "$bin/kube-scheduler" --kubeconfig=admin.conf --leader-elect=false
run kubelet "$bin/kubelet" --config=kubelet.yaml --kubeconfig=node.conf --root-dir="$state/kubelet" --cert-dir="$state/kubelet/pki" \
  --hostname-override=node1 --node-ip=$node
run kube-proxy "$bin/kube-proxy" --kubeconfig=admin.conf --hostname-override=node1 --proxy-mode=iptables --cluster-cidr=$pods \
  --conntrack-max-per-core=0 --conntrack-min=0 --conntrack-tcp-timeout-established=0 --conntrack-tcp-timeout-close-wait=0
wait
