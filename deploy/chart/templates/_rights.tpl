{{/* The rules of the ClusterRole or of the Role in files/role.yaml. */}}
{{- define "harbor-operator.rules" -}}
{{- range $document := regexSplit "(?m)^---$" (.root.Files.Get "files/role.yaml") -1 }}
{{- $source := fromYaml $document }}
{{- if eq $source.kind $.kind }}
{{- toYaml $source.rules }}
{{- end }}
{{- end }}
{{- end }}

{{/* What the operator may do in the whole cluster. */}}
{{- define "harbor-operator.clusterRules" -}}
{{- if eq .Values.rbac.mode "Namespaces" }}
{{- include "harbor-operator.sharedRules" . }}
{{- else }}
{{- $rules := include "harbor-operator.rules" (dict "root" . "kind" "ClusterRole") | fromYamlArray }}
{{- if eq .Values.rbac.mode "SecretsByName" }}
{{- range $rule := $rules }}
{{- if has "secrets" $rule.resources }}
{{- $_ := set $rule "verbs" (without $rule.verbs "list" "watch") }}
{{- end }}
{{- end }}
{{- end }}
{{- toYaml $rules }}
{{- end }}
{{- end }}

{{/* What no namespace can grant: the one kind without a namespace, and the namespaces themselves. */}}
{{- define "harbor-operator.sharedRules" -}}
- apiGroups: [harbor-operator.dev]
  resources: [clusterharborconnections]
  verbs: [get, list, watch, patch]
- apiGroups: [harbor-operator.dev]
  resources: [clusterharborconnections/status]
  verbs: [patch]
- apiGroups: [""]
  resources: [namespaces]
  resourceNames: {{ toJson .Values.rbac.namespaces }}
  verbs: [get, list, watch]
{{- if not .Values.settings.clusterID }}
- apiGroups: [""]
  resources: [namespaces]
  resourceNames: [kube-system]
  verbs: [get]
{{- end }}
{{- end }}

{{/* What it may do in its own namespace: the Lease, and what connections are made from. */}}
{{- define "harbor-operator.ownRules" -}}
{{- include "harbor-operator.rules" (dict "root" . "kind" "Role") }}
{{- if eq .Values.rbac.mode "Namespaces" }}
- apiGroups: [""]
  resources: [secrets, configmaps]
  verbs: [get, list, watch]
{{- else if eq .Values.rbac.mode "SecretsByName" }}
- apiGroups: [""]
  resources: [secrets]
  verbs: [list, watch]
{{- end }}
{{- if gt (int .Values.settings.shards) 1 }}
- apiGroups: [coordination.k8s.io]
  resources: [leases]
  resourceNames:
    {{- range $number := until (int .Values.settings.shards) }}
    - harbor-operator-seat-{{ $number }}
    - harbor-operator-shard-{{ $number }}
    {{- end }}
  verbs: [get, update]
{{- end }}
{{- end }}

{{/* What it may do in each namespace that it serves. */}}
{{- define "harbor-operator.servedRules" -}}
- apiGroups: [harbor-operator.dev]
  resources: [harborprojects, harborrobots, harborpullsecrets]
  verbs: [get, list, watch, patch]
- apiGroups: [harbor-operator.dev]
  resources: [harborrobots]
  verbs: [create, delete]
- apiGroups: [harbor-operator.dev]
  resources: [harborprojects/status, harborrobots/status, harborpullsecrets/status]
  verbs: [patch]
- apiGroups: [""]
  resources: [secrets]
  verbs: [get, list, watch, create, update, patch, delete]
- apiGroups: [""]
  resources: [serviceaccounts]
  verbs: [list, watch, patch]
- apiGroups: [events.k8s.io]
  resources: [events]
  verbs: [create]
{{- end }}

{{/* Events about connections, which Kubernetes wants in namespace default. */}}
{{- define "harbor-operator.eventRules" -}}
- apiGroups: [events.k8s.io]
  resources: [events]
  verbs: [create]
{{- end }}

{{/* A Role and its binding: rules in a namespace, under a name. */}}
{{- define "harbor-operator.role" -}}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  name: {{ .name }}
  namespace: {{ .namespace }}
  labels:
    {{- include "harbor-operator.labels" .root | nindent 4 }}
rules:
  {{- include .rules .root | nindent 2 }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata:
  name: {{ .name }}
  namespace: {{ .namespace }}
  labels:
    {{- include "harbor-operator.labels" .root | nindent 4 }}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: Role
  name: {{ .name }}
subjects:
  - kind: ServiceAccount
    name: {{ include "harbor-operator.serviceAccountName" .root }}
    namespace: {{ .root.Release.Namespace }}
{{- end }}
