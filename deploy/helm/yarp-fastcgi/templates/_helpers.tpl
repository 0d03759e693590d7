{{- define "yarp-fastcgi.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
{{- end }}

{{- define "yarp-fastcgi.fullname" -}}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 63 | trimSuffix "-" }}
{{- else }}
{{- $name := default .Chart.Name .Values.nameOverride }}
{{- if contains $name .Release.Name }}
{{- .Release.Name | trunc 63 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name $name | trunc 63 | trimSuffix "-" }}
{{- end }}
{{- end }}
{{- end }}

{{- define "yarp-fastcgi.selectorLabels" -}}
app.kubernetes.io/name: {{ include "yarp-fastcgi.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "yarp-fastcgi.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{ include "yarp-fastcgi.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}

{{- define "yarp-fastcgi.serviceAccountName" -}}
{{- if .Values.serviceAccount.create }}
{{- default (include "yarp-fastcgi.fullname" .) .Values.serviceAccount.name }}
{{- else }}
{{- default "default" .Values.serviceAccount.name }}
{{- end }}
{{- end }}

{{- define "yarp-fastcgi.image" -}}
{{- printf "%s:%s" .Values.image.repository (.Values.image.tag | default .Chart.AppVersion) }}
{{- end }}

{{- define "yarp-fastcgi.phpImage" -}}
{{- printf "%s:%s" .Values.php.image.repository .Values.php.image.tag }}
{{- end }}

{{- define "yarp-fastcgi.filesImage" -}}
{{- printf "%s:%s" (.Values.files.image.repository | default .Values.php.image.repository) (.Values.files.image.tag | default .Values.php.image.tag) }}
{{- end }}

{{- /* Whether php-fpm is a native sidecar: not empty when it is. */ -}}
{{- define "yarp-fastcgi.sidecar" -}}
{{- if .Values.php.enabled }}
{{- if eq (toString .Values.php.nativeSidecar) "auto" }}
{{- if semverCompare ">=1.30.0-0" .Capabilities.KubeVersion.Version }}true{{ end }}
{{- else if eq (toString .Values.php.nativeSidecar) "true" }}true{{ end }}
{{- end }}
{{- end }}

{{- /* Whether php-fpm is a second main container: not empty when it is. */ -}}
{{- define "yarp-fastcgi.beside" -}}
{{- if and .Values.php.enabled (not (include "yarp-fastcgi.sidecar" .)) }}true{{ end }}
{{- end }}

{{- define "yarp-fastcgi.filesMount" -}}
- name: files
  mountPath: {{ .Values.files.mountPath }}
  readOnly: true
  {{- if eq .Values.files.mode "imageVolume" }}
  subPath: {{ trimPrefix "/" .Values.files.path }}
  {{- end }}
{{- end }}

{{- define "yarp-fastcgi.phpContainer" -}}
name: php
image: {{ include "yarp-fastcgi.phpImage" . | quote }}
{{- with .Values.php.image.pullPolicy }}
imagePullPolicy: {{ . }}
{{- end }}
{{- if include "yarp-fastcgi.sidecar" . }}
restartPolicy: Always
{{- else }}
lifecycle:
  preStop:
    exec:
      command: [sleep, {{ .Values.php.preStopSeconds | quote }}]
{{- end }}
command:
  {{- toYaml .Values.php.command | nindent 2 }}
{{- with .Values.php.extraEnv }}
env:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.php.startupProbe }}
startupProbe:
  {{- toYaml . | nindent 2 }}
{{- end }}
securityContext:
  {{- toYaml .Values.php.securityContext | nindent 2 }}
resources:
  {{- toYaml .Values.php.resources | nindent 2 }}
volumeMounts:
  - name: php-config
    mountPath: /etc/php-fpm
    readOnly: true
  - name: socket
    mountPath: /run/php
  {{- if ne .Values.files.mode "none" }}
  {{- include "yarp-fastcgi.filesMount" . | nindent 2 }}
  {{- end }}
  - name: php-tmp
    mountPath: /tmp
  {{- with .Values.php.volumeMounts }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end }}
