{{/* The pod template of both modes. */}}
{{- define "vpsync.pod" -}}
metadata:
  labels:
    {{- include "vpsync.podLabels" . | nindent 4 }}
  annotations:
    {{- include "vpsync.podAnnotations" . | nindent 4 }}
spec:
  serviceAccountName: {{ include "vpsync.serviceAccountName" . | quote }}
  {{- if eq .Values.mode "cronjob" }}
  restartPolicy: Never
  {{- end }}
  terminationGracePeriodSeconds: {{ int .Values.terminationGracePeriodSeconds }}
  {{- with .Values.imagePullSecrets }}
  imagePullSecrets:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.priorityClassName }}
  priorityClassName: {{ . | quote }}
  {{- end }}
  {{- with .Values.podSecurityContext }}
  securityContext:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  containers:
    - name: vpsync
      image: {{ include "vpsync.image" . | quote }}
      imagePullPolicy: {{ .Values.image.pullPolicy }}
      command: [vpsync]
      args:
        {{- include "vpsync.arguments" . | nindent 8 }}
      env:
        - name: PYTHONDONTWRITEBYTECODE
          value: "1"
        {{- with .Values.env }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
      {{- if or .Values.vvp.tokens.envSecret .Values.envFrom }}
      envFrom:
        {{- with .Values.vvp.tokens.envSecret }}
        - secretRef:
            name: {{ . | quote }}
        {{- end }}
        {{- with .Values.envFrom }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
      {{- end }}
      {{- if include "vpsync.serves" . }}
      {{- include "vpsync.probes" . | nindent 6 }}
      {{- end }}
      {{- with .Values.resources }}
      resources:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with .Values.securityContext }}
      securityContext:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with include "vpsync.volumeMounts" . | trim }}
      volumeMounts:
        {{- . | nindent 8 }}
      {{- end }}
  {{- with include "vpsync.volumes" . | trim }}
  volumes:
    {{- . | nindent 4 }}
  {{- end }}
  {{- with .Values.nodeSelector }}
  nodeSelector:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.tolerations }}
  tolerations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.affinity }}
  affinity:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- if and (eq .Values.mode "loop") .Values.topologySpreadConstraints }}
  topologySpreadConstraints:
    {{- range .Values.topologySpreadConstraints }}
    - {{ toYaml . | nindent 6 | trim }}
      {{- if not (hasKey . "labelSelector") }}
      labelSelector:
        matchLabels:
          {{- include "vpsync.selectorLabels" $ | nindent 10 }}
      {{- end }}
    {{- end }}
  {{- end }}
{{- end -}}

{{/* A changed map replaces the pods, which read it at once then. */}}
{{- define "vpsync.podAnnotations" -}}
{{- $own := dict "kubectl.kubernetes.io/default-container" "vpsync" -}}
{{- with .Values.tenancy.namespaceMap -}}
{{- $_ := set $own "checksum/tenancy" (toYaml . | sha256sum) -}}
{{- end -}}
{{- toYaml (merge $own .Values.podAnnotations) -}}
{{- end -}}

{{- define "vpsync.image" -}}
{{- with .Values.image -}}
{{- if .digest -}}
{{- printf "%s@%s" .repository .digest -}}
{{- else -}}
{{- printf "%s:%s" .repository (default $.Chart.AppVersion .tag) -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "vpsync.probes" -}}
{{- $scheme := ternary "HTTPS" "HTTP" .Values.metrics.secure.enabled -}}
ports:
  - name: metrics
    containerPort: {{ int .Values.metrics.port }}
    protocol: TCP
livenessProbe:
  httpGet:
    path: /healthz
    port: metrics
    scheme: {{ $scheme }}
  initialDelaySeconds: 10
  periodSeconds: 10
  timeoutSeconds: 5
  failureThreshold: 3
readinessProbe:
  httpGet:
    path: /readyz
    port: metrics
    scheme: {{ $scheme }}
  periodSeconds: 5
  timeoutSeconds: 5
{{- end -}}
