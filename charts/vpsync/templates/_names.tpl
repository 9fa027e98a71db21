{{/* The name of the chart, as labels have it. */}}
{{- define "vpsync.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 52 | trimSuffix "-" -}}
{{- end -}}

{{/* The name of objects. A CronJob may have 52 characters, so that its Jobs have room for theirs. */}}
{{- define "vpsync.fullname" -}}
{{- $name := include "vpsync.name" . -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 52 | trimSuffix "-" -}}
{{- else if contains $name .Release.Name -}}
{{- .Release.Name | trunc 52 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 52 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{/* The account that pods run as. */}}
{{- define "vpsync.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "vpsync.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- default "default" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{/* The ConfigMap with the tenancy map; empty where there is none. */}}
{{- define "vpsync.tenancyConfigMap" -}}
{{- if .Values.tenancy.existingConfigMap -}}
{{- .Values.tenancy.existingConfigMap -}}
{{- else if .Values.tenancy.namespaceMap -}}
{{- printf "%s-tenancy" (include "vpsync.fullname" .) -}}
{{- end -}}
{{- end -}}

{{/* What never changes in the life of a release. */}}
{{- define "vpsync.selectorLabels" -}}
app.kubernetes.io/name: {{ include "vpsync.name" . | quote }}
app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- end -}}

{{/* The labels of all objects. What selects wins over what a user adds. */}}
{{- define "vpsync.labels" -}}
{{- $own := dict
  "helm.sh/chart" (printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-")
  "app.kubernetes.io/version" .Chart.AppVersion
  "app.kubernetes.io/managed-by" .Release.Service
-}}
{{- toYaml (merge (include "vpsync.selectorLabels" . | fromYaml) $own .Values.commonLabels) -}}
{{- end -}}

{{/* The labels of pods: without versions, so that a new chart alone replaces no pod. */}}
{{- define "vpsync.podLabels" -}}
{{- toYaml (merge (include "vpsync.selectorLabels" . | fromYaml) .Values.podLabels .Values.commonLabels) -}}
{{- end -}}

{{/* The labels of the pod of `helm test`: no Service, budget or policy selects it. */}}
{{- define "vpsync.doctorLabels" -}}
{{- $name := printf "%s-doctor" (include "vpsync.name" .) -}}
{{- toYaml (merge (dict "app.kubernetes.io/name" $name) (include "vpsync.labels" . | fromYaml)) -}}
{{- end -}}

{{/* The labels of an object that others find by labels of their own: (list context labels). */}}
{{- define "vpsync.foundLabels" -}}
{{- toYaml (merge (include "vpsync.labels" (index . 0) | fromYaml) (index . 1)) -}}
{{- end -}}

{{/* Whether pods serve metrics and probes; empty for no. */}}
{{- define "vpsync.serves" -}}
{{- if and (eq .Values.mode "loop") .Values.metrics.enabled -}}true{{- end -}}
{{- end -}}

{{/* Whether passes hold a Lease; empty for no. */}}
{{- define "vpsync.leads" -}}
{{- if (get .Values .Values.mode).leaderElection -}}true{{- end -}}
{{- end -}}

{{/* How many pods share the work, each with a Lease of its own; 1 for none that do, as where values are those of an older chart. */}}
{{- define "vpsync.shards" -}}
{{- max 1 (int (get .Values .Values.mode).shards) -}}
{{- end -}}

{{/* How many pods the loop has. */}}
{{- define "vpsync.pods" -}}
{{- $shards := include "vpsync.shards" . | int -}}
{{- if and (gt $shards 1) (gt (int .Values.replicas) 0) -}}
{{- $shards -}}
{{- else -}}
{{- int .Values.replicas -}}
{{- end -}}
{{- end -}}

{{/* The variable with a pod's number, from 0: what a StatefulSet's pods are told by a label, and those of an Indexed Job anyway. */}}
{{- define "vpsync.index" -}}
{{- ternary "POD_INDEX" "JOB_COMPLETION_INDEX" (eq .Values.mode "loop") -}}
{{- end -}}

{{/* Whether pods watch resources; empty for no. */}}
{{- define "vpsync.watches" -}}
{{- if and (eq .Values.mode "loop") .Values.loop.events }}true{{ end -}}
{{- end -}}
