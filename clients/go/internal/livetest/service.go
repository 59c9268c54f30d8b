// Package livetest starts services for tests: `pointsman serve` on the replay provider, as processes that can be killed.
package livetest

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"
)

// begins bounds the start of a service, which takes 2 s on a quiet machine, and minutes on one that is overrun.
const begins = 8 * time.Minute

var serving = regexp.MustCompile(`serving\s+address=(\S+) admin=(\S+)`)

// Service is a process that serves.
type Service struct {
	// Address is for callers, AdminAddress for operators.
	Address, AdminAddress string

	folder  string
	command *exec.Cmd
	ended   chan struct{}
	printed *output
}

// output is what the process prints, and the addresses as soon as they are in it.
type output struct {
	mu    sync.Mutex
	text  bytes.Buffer
	found chan []string
	told  bool
}

func (o *output) Write(printed []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.text.Write(printed)
	if addresses := serving.FindStringSubmatch(o.text.String()); addresses != nil && !o.told {
		o.told = true
		o.found <- addresses[1:]
	}
	return len(printed), nil
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// Start begins a service in a new folder, on ports that are free. configuration: TOML beside what a test needs; "" for none.
func Start(configuration string) (*Service, error) {
	folder, err := os.MkdirTemp("", "pointsman-go-")
	if err != nil {
		return nil, err
	}
	s := &Service{folder: folder}
	file := filepath.Join(folder, "pointsman.toml")
	if err := os.WriteFile(file, []byte(configuration), 0o600); err != nil {
		return nil, err
	}
	return s, s.Restart()
}

// Restart begins it again, on its folder and, where it has served before, its ports.
func (s *Service) Restart() error {
	program, err := executable()
	if err != nil {
		return err
	}
	port := "0"
	if s.Address != "" {
		port = s.Address[strings.LastIndexByte(s.Address, ':')+1:]
	}
	s.command = exec.Command(program, "serve", "--port", port,
		"--config", filepath.Join(s.folder, "pointsman.toml"), "--folder", filepath.Join(s.folder, "data"))
	s.printed = &output{found: make(chan []string, 1)}
	s.command.Stdout, s.command.Stderr = s.printed, s.printed
	for _, variable := range os.Environ() {
		if !strings.HasPrefix(variable, "POINTSMAN_") {
			s.command.Env = append(s.command.Env, variable)
		}
	}
	if s.Address != "" {
		admin := s.AdminAddress[strings.LastIndexByte(s.AdminAddress, ':')+1:]
		s.command.Env = append(s.command.Env, "POINTSMAN_ADMIN__PORT="+admin)
	}
	if err := s.command.Start(); err != nil {
		return err
	}
	s.ended = make(chan struct{})
	go func(command *exec.Cmd, ended chan struct{}) {
		_ = command.Wait() // Killed, as tests do, is an error, too.
		close(ended)
	}(s.command, s.ended)
	select {
	case addresses := <-s.printed.found:
		s.Address, s.AdminAddress = addresses[0], addresses[1]
		return nil
	case <-s.ended:
		return fmt.Errorf("the service ended:\n%s", s.printed)
	case <-time.After(begins):
		s.Kill()
		return fmt.Errorf("the service did not begin:\n%s", s.printed)
	}
}

// Kill ends it as `kill -9` does, and waits until it is gone.
func (s *Service) Kill() { s.signal(syscall.SIGKILL) }

// Stop ends it as an operator does, and waits until it is gone.
func (s *Service) Stop() { s.signal(syscall.SIGTERM) }

// Remove ends it and removes its folder.
func (s *Service) Remove() {
	s.Kill()
	_ = os.RemoveAll(s.folder) // In the system's folder for what is temporary: left over, it harms nobody.
}

func (s *Service) signal(signal os.Signal) {
	_ = s.command.Process.Signal(signal) // Ended already is as well.
	<-s.ended
}

// executable is the command line of the service: POINTSMAN_PROGRAM's, else that of the checkout.
func executable() (string, error) {
	if said := os.Getenv("POINTSMAN_PROGRAM"); said != "" {
		return said, nil
	}
	_, here, _, _ := runtime.Caller(0)
	program := filepath.Join(filepath.Dir(here), "..", "..", "..", "..", ".venv", "bin", "pointsman")
	if _, err := os.Stat(program); err != nil {
		return "", errors.New("tests need a service: run `make install` at the top of the checkout, or set POINTSMAN_PROGRAM")
	}
	return program, nil
}
