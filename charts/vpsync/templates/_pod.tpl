{{/* The pod template of both modes. */}}
{{- define "vpsync.pod" -}}
metadata:
  labels:
    {{- include "vpsync.podLabels" . | nindent 4 }}
  annotations:
    {{- include "vpsync.podAnnotations" . | nindent 4 }}
spec:
  {{- $arguments := include "vpsync.arguments" . }}
  {{- include "vpsync.podSpec" (dict "root" . "arguments" $arguments "once" (eq .Values.mode "cronjob")) | nindent 2 }}
{{- end -}}

{{/* The spec of a pod: of the loop, or of one that runs once; with these arguments. */}}
{{- define "vpsync.podSpec" -}}
{{- $arguments := .arguments -}}
{{- $once := .once -}}
{{- with .root -}}
serviceAccountName: {{ include "vpsync.serviceAccountName" . | quote }}
{{- if $once }}
restartPolicy: Never
{{- end }}
terminationGracePeriodSeconds: {{ int .Values.terminationGracePeriodSeconds }}
{{- with .Values.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.priorityClassName }}
priorityClassName: {{ . | quote }}
{{- end }}
{{- with .Values.podSecurityContext }}
securityContext:
  {{- toYaml . | nindent 2 }}
{{- end }}
containers:
  - name: vpsync
    image: {{ include "vpsync.image" . | quote }}
    imagePullPolicy: {{ .Values.image.pullPolicy }}
    command: [vpsync]
    args:
      {{- $arguments | nindent 6 }}
    env:
      - name: PYTHONDONTWRITEBYTECODE
        value: "1"
      {{- if and (eq .Values.mode "loop") (gt (include "vpsync.shards" . | int) 1) }}
      - name: {{ include "vpsync.index" . }}
        valueFrom:
          fieldRef:
            fieldPath: metadata.labels['apps.kubernetes.io/pod-index']
      {{- end }}
      {{- with .Values.env }}
      {{- toYaml . | nindent 6 }}
      {{- end }}
    {{- if or .Values.vvp.tokens.envSecret .Values.envFrom }}
    envFrom:
      {{- with .Values.vvp.tokens.envSecret }}
      - secretRef:
          name: {{ . | quote }}
      {{- end }}
      {{- with .Values.envFrom }}
      {{- toYaml . | nindent 6 }}
      {{- end }}
    {{- end }}
    {{- if and (not $once) (include "vpsync.serves" .) }}
    {{- include "vpsync.probes" . | nindent 4 }}
    {{- end }}
    {{- with .Values.resources }}
    resources:
      {{- toYaml . | nindent 6 }}
    {{- end }}
    {{- with .Values.securityContext }}
    securityContext:
      {{- toYaml . | nindent 6 }}
    {{- end }}
    {{- with include "vpsync.volumeMounts" . | trim }}
    volumeMounts:
      {{- . | nindent 6 }}
    {{- end }}
{{- with include "vpsync.volumes" . | trim }}
volumes:
  {{- . | nindent 2 }}
{{- end }}
{{- with .Values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- if and (not $once) .Values.topologySpreadConstraints }}
topologySpreadConstraints:
  {{- range .Values.topologySpreadConstraints }}
  - {{ toYaml . | nindent 4 | trim }}
    {{- if not (hasKey . "labelSelector") }}
    labelSelector:
      matchLabels:
        {{- include "vpsync.selectorLabels" $.root | nindent 8 }}
    {{- end }}
  {{- end }}
{{- end }}
{{- end -}}
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
