package main

import (
	"context"
	"os"

	kustomizev1 "github.com/fluxcd/kustomize-controller/api/v1"
	"github.com/fluxcd/pkg/runtime/cel"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/yaml"
)

// fluxJudge asks the status reader that Flux's controllers use.
type fluxJudge struct {
	kustomization kustomizev1.Kustomization
}

func readKustomization(path string) (judge fluxJudge, err error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return judge, err
	}
	return judge, yaml.UnmarshalStrict(text, &judge.kustomization)
}

func (judge fluxJudge) judge(object *unstructured.Unstructured) (string, error) {
	makeReader, err := cel.NewStatusReader(judge.kustomization.Spec.HealthCheckExprs)
	if err != nil {
		return "", err
	}
	reader := makeReader(meta.NewDefaultRESTMapper([]schema.GroupVersion{}))
	read, err := reader.ReadStatusForObject(context.Background(), nil, object)
	if err != nil {
		return "", err
	}
	if read.Error != nil {
		return "", read.Error
	}
	return read.Status.String(), nil
}
