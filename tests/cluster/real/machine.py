"""Says whether this machine can run a node, and if not, why.

A node needs root, programs of Debian, and rights that not every container has: namespaces, mounts,
cgroups, packet filters. ``python machine.py`` prints the reason and ends with 1 where it cannot;
with ``--packages`` it prints what of Debian has to be installed first.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

PACKAGES = {
    "buildah": "buildah",
    "containerd": "containerd",
    "ctr": "containerd",
    "debootstrap": "debootstrap",
    "ip": "iproute2",
    "iptables": "iptables",
    "openssl": "openssl",
    "runc": "runc",
}
"""Each program, and the package of Debian that has it; CNI's plugins have no program in PATH."""

PLUGINS = Path("/usr/lib/cni/bridge")
CGROUPS = Path("/sys/fs/cgroup")
# What node.sh does, tried in namespaces that end with it.
RIGHTS = (
    ("mount file systems", "mount --make-rshared / && mount -t tmpfs tmpfs /run"),
    ("lay one file system over another",
     "mkdir /run/a /run/b /run/c /run/d && mount -t overlay -o lowerdir=/run/a,upperdir=/run/b,"
     "workdir=/run/c overlay /run/d"),
    ("bind over kernel settings",
     "echo 1 >/run/one && mount --bind /run/one /proc/sys/vm/overcommit_memory"),
    ("make a network bridge", "ip link set lo up && ip link add cni0 type bridge"),
    ("forward packets", "echo 1 >/proc/sys/net/ipv4/ip_forward"),
    ("translate addresses", "iptables -t nat -N T && iptables -t nat -A T -m comment --comment t"),
)  # fmt: skip


def cgroup_roots() -> list[Path]:
    """Where groups of processes are made: one hierarchy, or one for each controller."""
    if (CGROUPS / "cgroup.controllers").exists():
        return [CGROUPS]
    return sorted(path.parent for path in CGROUPS.glob("*/cgroup.procs"))


def missing_packages() -> list[str]:
    """Packages of Debian that have to be installed first."""
    missing = {package for program, package in PACKAGES.items() if shutil.which(program) is None}
    if not PLUGINS.exists():
        missing.add("containernetworking-plugins")
    return sorted(missing)


def missing_right() -> str | None:
    """What may not be done here, though root asks for it."""
    script = "".join(f"({command}) || {{ echo '{what}'; exit 1; }}\n" for what, command in RIGHTS)
    space = ("unshare", "--net", "--mount", "--pid", "--fork", "--mount-proc", "--kill-child")
    done = subprocess.run(
        [*space, "sh", "-c", script], capture_output=True, text=True, timeout=60, check=False
    )
    if done.returncode != 0:
        what = done.stdout.strip() or "make namespaces"
        return f"root may not {what}: {done.stderr.strip()}"
    return _missing_cgroup()


def _missing_cgroup() -> str | None:
    roots = cgroup_roots()
    if not roots:
        return f"there are no cgroups below {CGROUPS}"
    for root in roots:
        group = root / f"vpsync-try-{os.getpid()}"
        try:
            group.mkdir()
            group.rmdir()
        except OSError as error:
            return f"root may not make cgroups: {error}"
    return None


def why_not() -> str | None:
    """Why no node can run here; None where one can."""
    if sys.platform != "linux" or os.geteuid() != 0:
        return "a node needs Linux and root"
    if packages := missing_packages():
        return f"a node needs packages of Debian: apt-get install {' '.join(packages)}"
    return missing_right()


def main() -> int:
    """Prints why not; 0 where a node can run."""
    if "--packages" in sys.argv[1:]:
        print(*missing_packages())
        return 0
    reason = why_not()
    if reason is not None:
        print(reason)
    return int(reason is not None)


if __name__ == "__main__":
    sys.exit(main())
