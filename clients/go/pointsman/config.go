package pointsman

import (
	"net"
	"net/netip"
	"os"
	"regexp"
	"strconv"
	"strings"
	"time"

	"go.opentelemetry.io/otel/trace"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/resolver"
)

const (
	// DefaultAddress is where a client asks if nobody says where.
	DefaultAddress = "127.0.0.1:50051"
	// DefaultTimeout is the deadline of a call that sets none.
	DefaultTimeout = 120 * time.Second

	defaultTenant = "default"
)

// config is what a client is made with; what is nil comes from the environment.
type config struct {
	address      string
	adminAddress *string
	terms        terms
	apiKey       *string
	plainKey     bool
	tlsCA        *string
	tlsCert      *string
	tlsKey       *string
	creds        credentials.TransportCredentials
	retry        RetryPolicy
	gzip         bool
	tracers      trace.TracerProvider
	dial         []grpc.DialOption
	conn         grpc.ClientConnInterface
	problem      error
}

func (c *config) refuse(err error) {
	if c.problem == nil {
		c.problem = err
	}
}

// configOf checks what was said, and completes it from the environment.
func configOf(address string, opts []Option) (*config, error) {
	c := &config{address: address, terms: terms{timeout: DefaultTimeout}}
	for _, opt := range opts {
		opt.applyClient(c)
	}
	// A client's default yields to the deadline of a context, and a call's own tenant to nothing.
	c.terms.ownTimeout = false
	steps := []func() error{c.completeAddresses, c.completeCredentials, c.completeKey, c.completeTenant, c.completeRetry}
	for _, step := range steps {
		if c.problem != nil {
			break
		}
		c.problem = step()
	}
	return c, c.problem
}

func (c *config) completeAddresses() (err error) {
	if c.conn != nil {
		if c.address != "" || c.adminAddress != nil || c.creds != nil || c.tlsCA != nil || c.tlsCert != nil {
			return invalid("conn", "has an address and credentials of its own: leave those out")
		}
		there := "the address of the connection that was handed in"
		c.address, c.adminAddress = there, &there
		return nil
	}
	path := "address"
	if c.address == "" {
		path, c.address = "POINTSMAN_ADDRESS", os.Getenv("POINTSMAN_ADDRESS")
		if c.address == "" {
			c.address = DefaultAddress
		}
	}
	if err := checkAddress(c.address, path); err != nil {
		return err
	}
	if c.adminAddress != nil {
		return checkAddress(*c.adminAddress, "admin_address")
	}
	if said := os.Getenv("POINTSMAN_ADMIN_ADDRESS"); said != "" {
		c.adminAddress = &said
		return checkAddress(said, "POINTSMAN_ADMIN_ADDRESS")
	}
	next := portAfter(c.address)
	c.adminAddress = &next
	return nil
}

func (c *config) completeKey() error {
	path := "api_key"
	if c.apiKey == nil {
		path = "POINTSMAN_API_KEY"
		if said := os.Getenv(path); said != "" {
			c.apiKey = &said
		}
	}
	if c.apiKey == nil {
		return nil
	}
	if !withoutBlanks.MatchString(*c.apiKey) {
		// What is wrong with a key is said without it.
		return invalid(path, "must be a key as `pointsman keys create` prints it, in ASCII without blanks")
	}
	if c.conn == nil && c.creds == nil && !c.plainKey {
		for _, address := range []string{c.address, *c.adminAddress} {
			if !isLoopback(address) {
				return invalid("api_key", "would go unencrypted to %s: use WithTLS, or WithPlainKey where the network is trusted", address)
			}
		}
	}
	c.terms.apiKey = *c.apiKey
	return nil
}

func (c *config) completeTenant() error {
	if c.terms.ownTenant {
		c.terms.ownTenant = false
		return nil
	}
	said := os.Getenv("POINTSMAN_TENANT")
	if said == "" {
		if c.apiKey == nil {
			c.terms.tenant = defaultTenant
		}
		return nil
	}
	c.terms.tenant = said
	return checkTenant(said, "POINTSMAN_TENANT")
}

func (c *config) completeRetry() (err error) {
	c.retry, err = c.retry.filled()
	return err
}

var (
	addressScheme = regexp.MustCompile(`^([A-Za-z][A-Za-z0-9+.-]*)://`)
	hostAndPort   = regexp.MustCompile(`^([^:/]+|\[[^]]+\]):([^:/]*)$`)
	resolverPart  = regexp.MustCompile(`^(dns|ipv4|ipv6|passthrough):(///?)?`)
)

func checkAddress(address, path string) error {
	wanted := "must be HOST:PORT, for instance \"127.0.0.1:50051\", not %q"
	if !withoutBlanks.MatchString(address) || !strings.Contains(address, ":") {
		return invalid(path, wanted, shown(address))
	}
	if scheme := addressScheme.FindStringSubmatch(address); scheme != nil && resolver.Get(scheme[1]) == nil {
		return invalid(path, wanted+": leave the scheme out; for TLS, use WithTLS", shown(address))
	}
	if strings.HasPrefix(address, "unix:") || strings.HasPrefix(address, "unix-abstract:") {
		return nil
	}
	if parts := hostAndPort.FindStringSubmatch(address); parts != nil && !isPort(parts[2]) {
		return invalid(path, wanted+": a port is a number from 1 to 65535", shown(address))
	}
	return nil
}

func isPort(text string) bool {
	port, err := strconv.ParseUint(text, 10, 16)
	return err == nil && port > 0
}

// portAfter is where operators ask if nobody says where; the same address where it has no port.
func portAfter(address string) string {
	at := strings.LastIndexByte(address, ':')
	if at < 0 || !isPort(address[at+1:]) || address[at+1:] == "65535" {
		return address
	}
	port, _ := strconv.Atoi(address[at+1:])
	return address[:at+1] + strconv.Itoa(port+1)
}

// isLoopback is whether an address is on this machine for sure.
func isLoopback(address string) bool {
	if strings.HasPrefix(address, "unix:") || strings.HasPrefix(address, "unix-abstract:") {
		return true
	}
	host, _, err := net.SplitHostPort(resolverPart.ReplaceAllString(address, ""))
	if err != nil {
		return false
	}
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.Unmap().IsLoopback()
}
