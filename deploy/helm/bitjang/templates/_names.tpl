{{/* What everything of this release is called. */}}
{{- define "bitjang.name" -}}
{{- .Release.Name | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{/* What tells this release's servers from other pods. */}}
{{- define "bitjang.selector" -}}
app.kubernetes.io/name: bitjang
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "bitjang.labels" -}}
{{ include "bitjang.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end -}}
