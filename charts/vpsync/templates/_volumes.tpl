{{/* What is mounted below /etc/vpsync, and the volumes of the values. Files are for the pod's group alone. */}}
{{- define "vpsync.volumes" -}}
{{- with include "vpsync.tenancyConfigMap" . }}
- name: tenancy
  configMap:
    name: {{ . | quote }}
{{- end }}
{{- with .Values.vvp.tokens.filesSecret }}
- name: tokens
  secret:
    secretName: {{ . | quote }}
    defaultMode: 0440
{{- end }}
{{- if .Values.vvp.ca.configMap }}
- name: ca
  configMap:
    name: {{ .Values.vvp.ca.configMap | quote }}
{{- else if .Values.vvp.ca.secret }}
- name: ca
  secret:
    secretName: {{ .Values.vvp.ca.secret | quote }}
    defaultMode: 0440
{{- end }}
{{- with .Values.vvp.clientCertificate.secret }}
- name: client
  secret:
    secretName: {{ . | quote }}
    defaultMode: 0440
{{- end }}
{{- if and (include "vpsync.serves" .) .Values.metrics.secure.enabled }}
- name: metrics
  secret:
    secretName: {{ required "metrics.secure.certificateSecret is empty: name a Secret with tls.crt and tls.key" .Values.metrics.secure.certificateSecret | quote }}
    defaultMode: 0440
{{- end }}
{{- with .Values.extraVolumes }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "vpsync.volumeMounts" -}}
{{- if include "vpsync.tenancyConfigMap" . }}
- name: tenancy
  mountPath: /etc/vpsync/tenancy
  readOnly: true
{{- end }}
{{- if .Values.vvp.tokens.filesSecret }}
- name: tokens
  mountPath: /etc/vpsync/tokens
  readOnly: true
{{- end }}
{{- if or .Values.vvp.ca.configMap .Values.vvp.ca.secret }}
- name: ca
  mountPath: /etc/vpsync/ca
  readOnly: true
{{- end }}
{{- if .Values.vvp.clientCertificate.secret }}
- name: client
  mountPath: /etc/vpsync/client
  readOnly: true
{{- end }}
{{- if and (include "vpsync.serves" .) .Values.metrics.secure.enabled }}
- name: metrics
  mountPath: /etc/vpsync/metrics
  readOnly: true
{{- end }}
{{- with .Values.extraVolumeMounts }}
{{ toYaml . }}
{{- end }}
{{- end -}}
