// Renders a chart for the tests as `helm template` does, where there is no helm. It is not helm, but what helm is made of: Go's text/template, sprig,
// gojsonschema and sigs.k8s.io/yaml, from Debian's packages. It knows no dependencies between charts, no hooks and no cluster.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"sort"
	"strings"
	"text/template"

	"github.com/Masterminds/semver"
	"github.com/Masterminds/sprig"
	"github.com/xeipuuv/gojsonschema"
	"sigs.k8s.io/yaml"
)

const maxIncludes = 1000

type kubeVersion struct{ Version, Major, Minor string }

// String is what a template that prints .Capabilities.KubeVersion gets.
func (v kubeVersion) String() string { return v.Version }

type apiVersions []string

// Has is called by templates.
func (a apiVersions) Has(version string) bool {
	for _, known := range a {
		if known == version {
			return true
		}
	}
	return false
}

type chart struct {
	directory string
	metadata  map[string]interface{}
	values    map[string]interface{}
	templates *template.Template
	names     []string
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "Error:", err)
		os.Exit(1)
	}
}

// run takes helm's arguments: template RELEASE CHART [--namespace NS] [--values FILE] [--kube-version V].
func run(args []string) error {
	if len(args) < 3 || args[0] != "template" {
		return errors.New("usage: template RELEASE CHART [--namespace NS] [--values FILE] [--kube-version V]")
	}
	flags := flag.NewFlagSet("template", flag.ContinueOnError)
	namespace := flags.String("namespace", "default", "")
	valuesFile := flags.String("values", "", "")
	version := flags.String("kube-version", "v1.36.0", "")
	if err := flags.Parse(args[3:]); err != nil {
		return err
	}

	c, err := load(args[2])
	if err != nil {
		return err
	}
	given := map[string]interface{}{}
	if *valuesFile != "" {
		if given, err = readYaml(*valuesFile); err != nil {
			return err
		}
	}
	values := merge(c.values, given)
	if err := c.validate(values); err != nil {
		return err
	}
	capabilities, err := c.capabilities(*version)
	if err != nil {
		return err
	}
	return c.render(map[string]interface{}{
		"Values": values,
		"Chart":  c.metadata,
		"Release": map[string]interface{}{
			"Name": args[1], "Namespace": *namespace, "Service": "Helm", "IsInstall": true, "IsUpgrade": false, "Revision": 1,
		},
		"Capabilities": capabilities,
	})
}

func load(directory string) (*chart, error) {
	file, err := readYaml(filepath.Join(directory, "Chart.yaml"))
	if err != nil {
		return nil, err
	}
	// Templates see the fields under the names of Go.
	metadata := map[string]interface{}{}
	for key, value := range file {
		metadata[strings.ToUpper(key[:1])+key[1:]] = value
	}
	values, err := readYaml(filepath.Join(directory, "values.yaml"))
	if err != nil {
		return nil, err
	}
	c := &chart{directory: directory, metadata: metadata, values: values}
	c.templates = template.New("").Option("missingkey=zero").Funcs(c.functions())
	files, err := filepath.Glob(filepath.Join(directory, "templates", "*"))
	if err != nil {
		return nil, err
	}
	sort.Strings(files)
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		name := path.Join(fmt.Sprint(metadata["Name"]), "templates", filepath.Base(file))
		if _, err := c.templates.New(name).Parse(string(text)); err != nil {
			return nil, err
		}
		c.names = append(c.names, name)
	}
	return c, nil
}

func (c *chart) render(top map[string]interface{}) error {
	for _, name := range c.names {
		if strings.HasPrefix(path.Base(name), "_") {
			continue
		}
		top["Template"] = map[string]interface{}{"Name": name, "BasePath": path.Dir(name)}
		text, err := execute(c.templates, name, top)
		if err != nil {
			return err
		}
		// The notes are for a person at the end of an installation: they have to be without errors, and are no manifest.
		if path.Base(name) != "NOTES.txt" && strings.TrimSpace(text) != "" {
			fmt.Printf("---\n# Source: %s\n%s\n", name, text)
		}
	}
	return nil
}

func execute(templates *template.Template, name string, data interface{}) (string, error) {
	var text bytes.Buffer
	if err := templates.ExecuteTemplate(&text, name, data); err != nil {
		return "", err
	}
	// What is missing prints as nothing.
	return strings.ReplaceAll(text.String(), "<no value>", ""), nil
}

func (c *chart) functions() template.FuncMap {
	functions := sprig.TxtFuncMap()
	// A chart does not see the machine that it is rendered on.
	delete(functions, "env")
	delete(functions, "expandenv")

	includes := map[string]int{}
	functions["include"] = func(name string, data interface{}) (string, error) {
		if includes[name]++; includes[name] > maxIncludes {
			return "", fmt.Errorf("template %q includes itself", name)
		}
		defer func() { includes[name]-- }()
		return execute(c.templates, name, data)
	}
	functions["tpl"] = func(text string, data interface{}) (string, error) {
		templates, err := c.templates.Clone()
		if err != nil {
			return "", err
		}
		if _, err := templates.New("tpl").Parse(text); err != nil {
			return "", err
		}
		return execute(templates, "tpl", data)
	}
	functions["required"] = func(message string, value interface{}) (interface{}, error) {
		if value == nil || value == "" {
			return value, errors.New(message)
		}
		return value, nil
	}
	functions["lookup"] = func(string, string, string, string) map[string]interface{} { return map[string]interface{}{} }
	functions["toYaml"] = func(value interface{}) string {
		text, err := yaml.Marshal(value)
		if err != nil {
			return ""
		}
		return strings.TrimSuffix(string(text), "\n")
	}
	functions["fromYaml"] = func(text string) map[string]interface{} {
		value := map[string]interface{}{}
		if err := yaml.Unmarshal([]byte(text), &value); err != nil {
			value["Error"] = err.Error()
		}
		return value
	}
	return functions
}

func (c *chart) capabilities(version string) (map[string]interface{}, error) {
	parsed, err := semver.NewVersion(version)
	if err != nil {
		return nil, fmt.Errorf("--kube-version %s: %w", version, err)
	}
	if wanted, isSet := c.metadata["KubeVersion"].(string); isSet {
		constraint, err := semver.NewConstraint(wanted)
		if err != nil {
			return nil, err
		}
		if !constraint.Check(parsed) {
			return nil, fmt.Errorf("chart requires kubeVersion: %s which is incompatible with Kubernetes v%s", wanted, parsed)
		}
	}
	return map[string]interface{}{
		"KubeVersion": kubeVersion{Version: "v" + parsed.String(), Major: fmt.Sprint(parsed.Major()), Minor: fmt.Sprint(parsed.Minor())},
		"APIVersions": apiVersions{"v1", "apps/v1", "autoscaling/v2", "networking.k8s.io/v1", "policy/v1"},
	}, nil
}

// validate checks the values against values.schema.json.
func (c *chart) validate(values map[string]interface{}) error {
	schema, err := os.ReadFile(filepath.Join(c.directory, "values.schema.json"))
	if err != nil {
		return err
	}
	document, err := json.Marshal(values)
	if err != nil {
		return err
	}
	result, err := gojsonschema.Validate(gojsonschema.NewBytesLoader(schema), gojsonschema.NewBytesLoader(document))
	if err != nil {
		return err
	}
	if result.Valid() {
		return nil
	}
	lines := []string{"values don't meet the specifications of the schema(s) in the following chart(s):"}
	for _, problem := range result.Errors() {
		lines = append(lines, "- "+problem.String())
	}
	return errors.New(strings.Join(lines, "\n"))
}

// merge puts given values over defaults: maps by key, all else as a whole; null takes a default away.
func merge(defaults, given map[string]interface{}) map[string]interface{} {
	merged := map[string]interface{}{}
	for key, value := range defaults {
		merged[key] = value
	}
	for key, value := range given {
		if value == nil {
			delete(merged, key)
			continue
		}
		below, isMap := value.(map[string]interface{})
		base, hadMap := merged[key].(map[string]interface{})
		if isMap && hadMap {
			merged[key] = merge(base, below)
		} else {
			merged[key] = value
		}
	}
	return merged
}

func readYaml(file string) (map[string]interface{}, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	value := map[string]interface{}{}
	if err := yaml.Unmarshal(text, &value); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return value, nil
}
