{{/* What a pass needs in each namespace that it watches. */}}
{{- define "vpsync.rules" -}}
# The lists of a pass; patch is for the finalizer and for vpsync's own annotations.
- apiGroups: [ververicaplatform.fintechstudios.com]
  resources:
    - vpnamespaces
    - vpdeploymenttargets
    - vpdeployments
    - vpsavepoints
  verbs: [list, {{ if and (eq .Values.mode "loop") .Values.loop.events }}watch, {{ end }}patch]
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

{{/* The one whom rights are given to. */}}
{{- define "vpsync.subjects" -}}
- kind: ServiceAccount
  name: {{ include "vpsync.serviceAccountName" . | quote }}
  namespace: {{ .Release.Namespace | quote }}
{{- end -}}
