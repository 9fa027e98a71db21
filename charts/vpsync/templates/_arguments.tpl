{{/* The flags of `vpsync reconcile`, one to a line of a YAML list. */}}
{{- define "vpsync.arguments" -}}
- reconcile
{{ include "vpsync.arguments.mode" . }}
{{ include "vpsync.arguments.vvp" . }}
{{ include "vpsync.arguments.scope" . }}
{{- range .Values.extraArgs }}
- {{ . | quote }}
{{- end }}
{{- end -}}

{{- define "vpsync.arguments.mode" -}}
{{- if eq .Values.mode "loop" -}}
{{- with .Values.loop -}}
- --loop
- --interval={{ .interval }}
- --timeout={{ .timeout }}
{{- if .leaderElection }}
- --enable-leader-election
{{- end }}
{{- if .events }}
- --events
- --min-event-sync-interval={{ .minEventSyncInterval }}
{{- end }}
{{- end }}
{{- if .Values.metrics.enabled }}
- --metrics-addr=:{{ .Values.metrics.port }}
{{- if .Values.metrics.secure.enabled }}
- --metrics-secure
- --metrics-cert-file=/etc/vpsync/metrics/tls.crt
- --metrics-key-file=/etc/vpsync/metrics/tls.key
{{- end }}
{{- else }}
- --metrics-addr=0
{{- end }}
{{- else -}}
{{- with .Values.cronjob -}}
- --once
- --timeout={{ .timeout }}
{{- if .leaderElection }}
- --enable-leader-election
- --lease-timeout={{ .leaseTimeout }}
{{- end }}
{{- if .exitZeroOnStalled }}
- --exit-zero-on-stalled
{{- end }}
{{- with .pushgatewayUrl }}
- {{ printf "--pushgateway-url=%s" . | quote }}
{{- end }}
{{- end }}
{{- end }}
{{- $shards := include "vpsync.shards" . | int }}
{{- if gt $shards 1 }}
- {{ printf "--shard=$(%s)/%d" (include "vpsync.index" .) $shards | quote }}
{{- end }}
- --log-format={{ .Values.log.format }}
{{- if .Values.log.debug }}
- --debug
{{- end }}
{{- end -}}

{{- define "vpsync.arguments.vvp" -}}
{{- with .Values.vvp -}}
{{- if ne (empty .appManagerUrl) (empty .platformUrl) -}}
{{- fail "vvp.appManagerUrl and vvp.platformUrl go together: set both, or vvp.url alone" -}}
{{- end -}}
{{- if and .url .appManagerUrl -}}
{{- fail "vvp.url is set beside vvp.appManagerUrl and vvp.platformUrl: set it, or these two" -}}
{{- end -}}
{{- if and .appManagerUrl .platformUrl -}}
- {{ printf "--app-manager-api-url=%s" .appManagerUrl | quote }}
- {{ printf "--platform-api-url=%s" .platformUrl | quote }}
{{- else -}}
- {{ printf "--vvp-url=%s" (required "vvp.url is empty: say where VVP is, such as --set vvp.url=http://vvp.example.com" .url) | quote }}
{{- end }}
- --vvp-edition={{ .edition }}
- {{ printf "--owner-id=%s" .ownerId | quote }}
- --vvp-request-timeout={{ .requestTimeout }}
{{- with .proxy }}
- {{ printf "--vvp-proxy=%s" . | quote }}
{{- end }}
{{- if .insecureSkipTlsVerify }}
- --vvp-insecure-skip-tls-verify
{{- end }}
{{- if .tokens.filesSecret }}
- --vvp-token-dir=/etc/vpsync/tokens
{{- end }}
{{- if not .tokens.create }}
- --no-create-tokens
{{- end }}
{{- if or .ca.configMap .ca.secret }}
- {{ printf "--vvp-ca-file=/etc/vpsync/ca/%s" .ca.key | quote }}
{{- end }}
{{- if .clientCertificate.secret }}
- --vvp-client-cert-file=/etc/vpsync/client/tls.crt
- --vvp-client-key-file=/etc/vpsync/client/tls.key
{{- end }}
{{- end }}
{{- end -}}

{{- define "vpsync.arguments.namespaces" -}}
{{- range .Values.watchNamespaces }}
- --watch-namespace={{ . }}
{{- end }}
{{- end -}}

{{/* The flags of `vpsync doctor`, which looks at what the pods would meet. */}}
{{- define "vpsync.doctorArguments" -}}
- doctor
{{ include "vpsync.arguments.vvp" . }}
{{- if include "vpsync.leads" . }}
- --enable-leader-election
{{- end }}
{{- $shards := include "vpsync.shards" . | int }}
{{- if gt $shards 1 }}
- {{ printf "--shard=0/%d" $shards | quote }}
{{- end }}
{{- if include "vpsync.watches" . }}
- --events
{{- end }}
{{- with include "vpsync.arguments.namespaces" . | trim }}
{{ . }}
{{- end }}
{{- end -}}

{{- define "vpsync.arguments.scope" -}}
- --concurrency={{ int .Values.vvp.concurrency }}
{{- with .Values.policy }}
- --adopt={{ .adopt }}
- --drift={{ .drift }}
- --max-delete-percent={{ .maxDeletePercent }}
- --max-update-percent={{ .maxUpdatePercent }}
{{- if not (kindIs "invalid" .maxDeletes) }}
- --max-deletes={{ int .maxDeletes }}
{{- end }}
- --max-restarts={{ int .maxRestarts }}
- --savepoint-retries={{ int .savepointRetries }}
- --transition-timeout={{ .transitionTimeout }}
{{- if .confirmStateLoss }}
- --confirm-state-loss
{{- end }}
{{- end }}
{{- with include "vpsync.arguments.namespaces" . | trim }}
{{ . }}
{{- end }}
{{- with .Values.selector }}
- {{ printf "--selector=%s" . | quote }}
{{- end }}
{{- with .Values.kinds }}
- --kinds={{ join "," . }}
{{- end }}
{{- if include "vpsync.tenancyConfigMap" . }}
- --namespace-map=/etc/vpsync/tenancy/namespaces.yaml
{{- end }}
{{- range .Values.tenancy.adminNamespaces }}
- --admin-namespace={{ . }}
{{- end }}
{{- with .Values.tenancy.targetNamespaces }}
- --target-namespaces={{ join "," . }}
{{- end }}
{{- end -}}
