{{- define "harbor-operator.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
{{- end }}

{{/* One name for all objects: 58 characters leave room for the endings -view and -edit. */}}
{{- define "harbor-operator.fullname" -}}
{{- $name := include "harbor-operator.name" . }}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 58 | trimSuffix "-" }}
{{- else if contains $name .Release.Name }}
{{- .Release.Name | trunc 58 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name $name | trunc 58 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{- define "harbor-operator.serviceAccountName" -}}
{{- default (include "harbor-operator.fullname" .) .Values.serviceAccount.name }}
{{- end }}

{{/* What never changes during the life of a release: a Deployment's selector is immutable. */}}
{{- define "harbor-operator.selectorLabels" -}}
app.kubernetes.io/name: {{ include "harbor-operator.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{/* Common labels come first and lose against the recommended ones, so that selectors always match. */}}
{{- define "harbor-operator.labels" -}}
{{- $own := include "harbor-operator.ownLabels" . | fromYaml }}
{{- toYaml (merge $own .Values.commonLabels) }}
{{- end }}

{{- define "harbor-operator.ownLabels" -}}
{{ include "harbor-operator.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/component: operator
app.kubernetes.io/part-of: harbor-operator
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 }}
{{- end }}

{{- define "harbor-operator.podLabels" -}}
{{- $own := include "harbor-operator.ownLabels" . | fromYaml }}
{{- toYaml (merge $own .Values.podLabels .Values.commonLabels) }}
{{- end }}

{{- define "harbor-operator.image" -}}
{{- $repository := required "image.repository has to be set: no image is published yet" .Values.image.repository }}
{{- if .Values.image.digest }}
{{- printf "%s@%s" $repository .Values.image.digest }}
{{- else }}
{{- printf "%s:%s" $repository (default .Chart.AppVersion .Values.image.tag) }}
{{- end }}
{{- end }}

{{/* The objects of a file, with the labels of the release. */}}
{{- define "harbor-operator.labelled" -}}
{{- range $document := regexSplit "(?m)^---$" (.root.Files.Get .file) -1 }}
{{- $object := fromYaml $document }}
{{- $_ := set $object.metadata "labels" (include "harbor-operator.labels" $.root | fromYaml) }}
---
{{ toYaml $object }}
{{- end }}
{{- end }}

{{/* Where traffic may go: networks, or any where none are stated, by ports. */}}
{{- define "harbor-operator.egress" -}}
ports:
  {{- range .ports }}
  - protocol: TCP
    port: {{ . }}
  {{- end }}
{{- with .cidrs }}
to:
  {{- range . }}
  - ipBlock:
      cidr: {{ . | quote }}
  {{- end }}
{{- end }}
{{- end }}

{{/* The labels of the release and those by which somebody else chooses an object; the first win. */}}
{{- define "harbor-operator.chosenLabels" -}}
{{- $own := include "harbor-operator.labels" .root | fromYaml }}
{{- toYaml (merge $own .labels) }}
{{- end }}
