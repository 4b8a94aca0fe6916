package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"slices"
	"time"

	"github.com/containerd/containerd/v2/core/remotes"
	"github.com/containerd/containerd/v2/core/remotes/docker"
	"github.com/distribution/reference"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"k8s.io/kubernetes/pkg/credentialprovider"
)

// node is what a node's runtime is set to.
type node struct {
	// PlainHTTP names hosts, with port, that are spoken to without TLS.
	PlainHTTP []string `json:"plain_http"`
	// Authorities is a PEM file with the only ones to trust; empty for the system's.
	Authorities string `json:"authorities"`
	// AheadSeconds is how far the node's clock goes ahead when it looks at certificates.
	AheadSeconds float64 `json:"ahead_seconds"`
	// Seconds that a pull may take.
	Seconds float64 `json:"seconds"`
}

func (n node) pull(ctx context.Context, image string, login credentialprovider.AuthConfig) error {
	named, err := reference.ParseDockerRef(image)
	if err != nil {
		return fmt.Errorf("failed to parse image reference %q: %w", image, err)
	}
	ref := named.String()
	resolver, err := n.resolver(login)
	if err != nil {
		return err
	}
	name, descriptor, err := resolver.Resolve(ctx, ref)
	if err != nil {
		return unpacking(ref, fmt.Errorf("failed to resolve reference %q: %w", ref, err))
	}
	fetcher, err := resolver.Fetcher(ctx, name)
	if err != nil {
		return unpacking(ref, err)
	}
	if err := fetch(ctx, fetcher, descriptor); err != nil {
		return unpacking(ref, fmt.Errorf("failed to copy: %w", err))
	}
	return nil
}

func unpacking(ref string, err error) error {
	return fmt.Errorf("failed to pull and unpack image %q: %w", ref, err)
}

func fetch(ctx context.Context, fetcher remotes.Fetcher, descriptor ocispec.Descriptor) error {
	reader, err := fetcher.Fetch(ctx, descriptor)
	if err != nil {
		return err
	}
	defer reader.Close()
	var manifest ocispec.Manifest
	if err := json.NewDecoder(reader).Decode(&manifest); err != nil {
		return err
	}
	for _, part := range append(manifest.Layers, manifest.Config) {
		if err := drop(ctx, fetcher, part); err != nil {
			return err
		}
	}
	return nil
}

func drop(ctx context.Context, fetcher remotes.Fetcher, descriptor ocispec.Descriptor) error {
	reader, err := fetcher.Fetch(ctx, descriptor)
	if err != nil {
		return err
	}
	defer reader.Close()
	_, err = io.Copy(io.Discard, reader)
	return err
}

func (n node) resolver(login credentialprovider.AuthConfig) (remotes.Resolver, error) {
	client, err := n.client()
	if err != nil {
		return nil, err
	}
	authorizer := docker.NewDockerAuthorizer(
		docker.WithAuthClient(client),
		docker.WithAuthCreds(func(string) (string, string, error) {
			return login.Username, login.Password, nil
		}),
	)
	return docker.NewResolver(docker.ResolverOptions{
		Hosts: docker.ConfigureDefaultRegistries(
			docker.WithClient(client),
			docker.WithAuthorizer(authorizer),
			docker.WithPlainHTTP(func(host string) (bool, error) {
				return slices.Contains(n.PlainHTTP, host), nil
			}),
		),
	}), nil
}

func (n node) client() (*http.Client, error) {
	trust := &tls.Config{}
	if n.AheadSeconds != 0 {
		ahead := time.Duration(n.AheadSeconds * float64(time.Second))
		trust.Time = func() time.Time { return time.Now().Add(ahead) }
	}
	if n.Authorities != "" {
		text, err := os.ReadFile(n.Authorities)
		if err != nil {
			return nil, err
		}
		trust.RootCAs = x509.NewCertPool()
		trust.RootCAs.AppendCertsFromPEM(text)
	}
	dialer := &net.Dialer{Timeout: time.Duration(n.Seconds * float64(time.Second))}
	transport := &http.Transport{
		DialContext:           dialer.DialContext,
		TLSClientConfig:       trust,
		TLSHandshakeTimeout:   dialer.Timeout,
		ResponseHeaderTimeout: dialer.Timeout,
	}
	return &http.Client{Transport: transport}, nil
}
