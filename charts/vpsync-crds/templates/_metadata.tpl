{{/*
The beginning of the metadata of each document, in place of the line "metadata:". Called with a list: the root, and
annotations beside those of the values.
*/}}
{{- define "vpsync-crds.metadata" -}}
{{- $root := first . -}}
{{- $annotations := merge (dict) $root.Values.annotations (last .) -}}
{{- $labels := merge (dict) $root.Values.commonLabels (dict
  "app.kubernetes.io/name" $root.Chart.Name
  "app.kubernetes.io/instance" $root.Release.Name
  "app.kubernetes.io/version" $root.Chart.AppVersion
  "app.kubernetes.io/managed-by" $root.Release.Service
  "helm.sh/chart" (printf "%s-%s" $root.Chart.Name $root.Chart.Version | replace "+" "_")
) -}}
{{- printf "\nmetadata:\n  annotations:%s\n  labels:%s\n" (toYaml $annotations | nindent 4) (toYaml $labels | nindent 4) -}}
{{- end }}
