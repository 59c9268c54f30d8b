package pointsman

import (
	"crypto/tls"
	"crypto/x509"
	_ "embed" // For ServiceConfig.
	"errors"
	"io/fs"
	"os"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/encoding/gzip"
	"google.golang.org/grpc/keepalive"
)

// ServiceConfig is the service config that the service publishes, for connections of your own:
//
//	grpc.NewClient(address, grpc.WithDefaultServiceConfig(pointsman.ServiceConfig), ...)
//
// Calls then wait for a service that is not up yet, and what is UNAVAILABLE is tried again, five times in all. A [Client]
// tries again by itself, as its RetryPolicy says, which outlasts that; it needs no such connection.
//
//go:embed service_config.json
var ServiceConfig string

// An answer may have pictures and sound; 4 MiB is what gRPC takes.
const maxReceiveBytes = 64 << 20

// dialOptions are those of the connections that a client opens.
func (c *config) dialOptions() []grpc.DialOption {
	creds := c.creds
	if creds == nil {
		creds = insecure.NewCredentials()
	}
	calls := []grpc.CallOption{grpc.MaxCallRecvMsgSize(maxReceiveBytes)}
	if c.gzip {
		calls = append(calls, grpc.UseCompressor(gzip.Name))
	}
	opts := []grpc.DialOption{
		grpc.WithTransportCredentials(creds),
		grpc.WithDefaultCallOptions(calls...),
		grpc.WithDefaultServiceConfig(ServiceConfig),
		// Of two loops of retries, one around the other, the outer one knows the deadline and the policy.
		grpc.WithDisableRetry(),
		// gRPC waits a second before it connects again, and then up to two minutes; a service that restarts is back sooner.
		grpc.WithConnectParams(grpc.ConnectParams{
			Backoff:           backoff.Config{BaseDelay: 100 * time.Millisecond, Multiplier: 1.6, Jitter: 0.2, MaxDelay: time.Second},
			MinConnectTimeout: 5 * time.Second,
		}),
		// A connection that a firewall dropped without a word is found out within 20 s, idle or in the middle of a call. The
		// service permits a ping every 5 s.
		grpc.WithKeepaliveParams(keepalive.ClientParameters{
			Time: 10 * time.Second, Timeout: 10 * time.Second, PermitWithoutStream: true,
		}),
	}
	return append(opts, c.dial...)
}

// completeCredentials reads the files of TLS, where there are any; without, the connection is plain.
func (c *config) completeCredentials() error {
	if c.conn != nil || c.creds != nil {
		if c.creds != nil && (c.tlsCA != nil || c.tlsCert != nil) {
			return invalid("tls_ca", "goes not with WithTransportCredentials: leave out WithTLS and WithCertificate")
		}
		return nil
	}
	ca, certPath, keyPath := c.tlsCA, c.tlsCert, c.tlsKey
	caPath, certName, keyName := "tls_ca", "tls_cert", "tls_key"
	if ca == nil {
		caPath, ca = "POINTSMAN_TLS_CA", fromEnvironment("POINTSMAN_TLS_CA")
	}
	if certPath == nil {
		certName, certPath = "POINTSMAN_TLS_CERT", fromEnvironment("POINTSMAN_TLS_CERT")
		keyName, keyPath = "POINTSMAN_TLS_KEY", fromEnvironment("POINTSMAN_TLS_KEY")
	}
	if (certPath == nil || *certPath == "") != (keyPath == nil || *keyPath == "") {
		return invalid(certName, "goes together with tls_key: a certificate is of no use without its key")
	}
	if ca == nil && certPath == nil {
		return nil
	}
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if ca != nil && *ca != "system" {
		roots, err := readFile(caPath, *ca)
		if err != nil {
			return err
		}
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(roots) {
			return invalid(caPath, "%s has no certificate in PEM", *ca)
		}
	}
	if certPath != nil {
		pair, err := readPair(certName, *certPath, keyName, *keyPath)
		if err != nil {
			return err
		}
		config.Certificates = []tls.Certificate{pair}
	}
	c.creds = credentials.NewTLS(config)
	return nil
}

func readPair(certName, certPath, keyName, keyPath string) (tls.Certificate, error) {
	cert, err := readFile(certName, certPath)
	if err != nil {
		return tls.Certificate{}, err
	}
	key, err := readFile(keyName, keyPath)
	if err != nil {
		return tls.Certificate{}, err
	}
	pair, err := tls.X509KeyPair(cert, key)
	if err != nil {
		return pair, invalid(certName, "and %s are no certificate with its key: %v", keyName, err)
	}
	return pair, nil
}

func readFile(name, path string) ([]byte, error) {
	content, err := os.ReadFile(path)
	var system *fs.PathError
	if errors.As(err, &system) {
		return nil, invalid(name, "%s cannot be read: %v", path, system.Err)
	}
	return content, err
}

func fromEnvironment(variable string) *string {
	if said := os.Getenv(variable); said != "" {
		return &said
	}
	return nil
}
