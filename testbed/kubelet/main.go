// Command kubelet-pull pulls one image as a node would, and says what the kubelet would say of it.
//
// It reads one pull as JSON and writes its outcome. Names and logins are understood by the kubelet's
// own packages and the pull is made by containerd's, so that every word of the outcome is theirs;
// what is pulled is dropped.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/containerd/errdefs/pkg/errgrpc"
	"github.com/sirupsen/logrus"
	v1 "k8s.io/api/core/v1"
	utilerrors "k8s.io/apimachinery/pkg/util/errors"
	"k8s.io/kubernetes/pkg/credentialprovider"
	"k8s.io/kubernetes/pkg/credentialprovider/secrets"
	"k8s.io/kubernetes/pkg/util/parsers"
)

const (
	invalidName = "InvalidImageName"
	failedPull  = "ErrImagePull"
)

type order struct {
	Image   string      `json:"image"`
	Secrets []v1.Secret `json:"secrets"`
	Node    node        `json:"node"`
}

type outcome struct {
	Reason  string `json:"reason"`
	Message string `json:"message"`
}

func main() {
	logrus.SetOutput(io.Discard)
	var wanted order
	if err := json.NewDecoder(os.Stdin).Decode(&wanted); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	if err := json.NewEncoder(os.Stdout).Encode(carryOut(wanted)); err != nil {
		os.Exit(1)
	}
}

func carryOut(wanted order) outcome {
	repository, _, _, err := parsers.ParseImageName(wanted.Image)
	if err != nil {
		said := fmt.Sprintf("Failed to apply default image tag %q: %v", wanted.Image, err)
		return outcome{invalidName, said}
	}
	keyring, err := secrets.MakeDockerKeyring(wanted.Secrets, &credentialprovider.BasicDockerKeyring{})
	if err != nil {
		return outcome{failedPull, err.Error()}
	}
	logins, _ := keyring.Lookup(repository)
	if err := pullByAny(wanted, logins); err != nil {
		return outcome{failedPull, err.Error()}
	}
	return outcome{}
}

func pullByAny(wanted order, logins []credentialprovider.TrackedAuthConfig) error {
	if len(logins) == 0 {
		logins = make([]credentialprovider.TrackedAuthConfig, 1)
	}
	var failures []error
	for _, login := range logins {
		err := pullBy(wanted, login.AuthConfig)
		if err == nil {
			return nil
		}
		failures = append(failures, errgrpc.ToGRPC(err))
	}
	return utilerrors.NewAggregate(failures)
}

func pullBy(wanted order, login credentialprovider.AuthConfig) error {
	seconds := time.Duration(wanted.Node.Seconds * float64(time.Second))
	ctx, cancel := context.WithTimeout(context.Background(), seconds)
	defer cancel()
	return wanted.Node.pull(ctx, wanted.Image, login)
}
