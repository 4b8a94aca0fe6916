// Command gitops-judge says what GitOps tools make of objects.
//
// It reads objects as JSON, one a line, and writes a verdict for each, one a line: that of kstatus,
// that of Flux with the expressions of a Kustomization, and that of the Lua which an argocd-cm
// holds, with the actions that it offers and what each makes of the object.
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/cli-utils/pkg/kstatus/status"
)

const longestObject = 1 << 20

type verdict struct {
	Kstatus string          `json:"kstatus"`
	Flux    string          `json:"flux"`
	Argo    health          `json:"argo"`
	Actions json.RawMessage `json:"actions"`
}

func main() {
	kustomization := flag.String("kustomization", "", "a Flux Kustomization with healthCheckExprs")
	configMap := flag.String("argocd-cm", "", "a ConfigMap with resource customizations of Argo CD")
	flag.Parse()
	if err := judgeAll(os.Stdin, os.Stdout, *kustomization, *configMap); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func judgeAll(objects io.Reader, verdicts io.Writer, kustomization, configMap string) error {
	flux, err := readKustomization(kustomization)
	if err != nil {
		return err
	}
	argo, err := readConfigMap(configMap)
	if err != nil {
		return err
	}
	lines := bufio.NewScanner(objects)
	lines.Buffer(nil, longestObject)
	answers := json.NewEncoder(verdicts)
	for lines.Scan() {
		object := &unstructured.Unstructured{}
		if err := object.UnmarshalJSON(lines.Bytes()); err != nil {
			return err
		}
		said, err := judge(object, flux, argo)
		if err != nil {
			return fmt.Errorf("%s %s: %w", object.GetKind(), object.GetName(), err)
		}
		if err := answers.Encode(said); err != nil {
			return err
		}
	}
	return lines.Err()
}

func judge(object *unstructured.Unstructured, flux fluxJudge, argo argoJudge) (said verdict, err error) {
	computed, err := status.Compute(object)
	if err != nil {
		return said, err
	}
	said.Kstatus = computed.Status.String()
	if said.Flux, err = flux.judge(object); err != nil {
		return said, err
	}
	if said.Argo, err = argo.judge(object); err != nil {
		return said, err
	}
	said.Actions, err = argo.actions(object)
	return said, err
}
