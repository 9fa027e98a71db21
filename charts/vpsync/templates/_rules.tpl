{{/* What a pass needs in each namespace that it watches. */}}
{{- define "vpsync.rules" -}}
# The lists of a pass; patch is for the finalizer and for vpsync's own annotations.
- apiGroups: [ververicaplatform.fintechstudios.com]
  resources:
    - vpnamespaces
    - vpdeploymenttargets
    - vpdeployments
    - vpsavepoints
  verbs: [list, {{ if include "vpsync.watches" . }}watch, {{ end }}patch]
- apiGroups: [ververicaplatform.fintechstudios.com]
  resources:
    - vpnamespaces/status
    - vpdeploymenttargets/status
    - vpdeployments/status
    - vpsavepoints/status
  verbs: [patch]
- apiGroups: [""]
  resources: [events]
  verbs: [create, patch]
{{- end -}}

{{/* The names of the Leases: one, or one for each shard. */}}
{{- define "vpsync.leaseNames" -}}
{{- $owner := .Values.vvp.ownerId -}}
{{- $shards := include "vpsync.shards" . | int -}}
{{- if gt $shards 1 -}}
{{- range $index := until $shards }}
- {{ printf "vpsync-%s-%d" $owner $index | quote }}
{{- end }}
{{- else -}}
- {{ printf "vpsync-%s" $owner | quote }}
{{- end -}}
{{- end -}}

{{/* The one whom rights are given to. */}}
{{- define "vpsync.subjects" -}}
- kind: ServiceAccount
  name: {{ include "vpsync.serviceAccountName" . | quote }}
  namespace: {{ .Release.Namespace | quote }}
{{- end -}}
