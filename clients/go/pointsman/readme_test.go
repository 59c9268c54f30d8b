package pointsman_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	goBlock   = regexp.MustCompile("(?s)```go\n(.*?)```")
	bashBlock = regexp.MustCompile("(?s)```bash\n(.*?)```")
)

// blocks are the README's Go: a program, and pieces of one.
func blocks(t *testing.T) (program string, pieces []string) {
	t.Helper()
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, found := range goBlock.FindAllStringSubmatch(string(readme), -1) {
		if strings.HasPrefix(found[1], "package main") {
			program = found[1]
		} else {
			pieces = append(pieces, found[1])
		}
	}
	if program == "" || len(pieces) < 3 {
		t.Fatalf("the README has a program of %d bytes and %d pieces", len(program), len(pieces))
	}
	return program, pieces
}

func TestTheReadmesProgramRunsAsWritten(t *testing.T) {
	program, _ := blocks(t)
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	module, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	install := bashBlock.FindSubmatch(readme)
	if install == nil {
		t.Fatal("the README does not say how to install it")
	}
	folder := t.TempDir()
	sh(t, folder, strings.ReplaceAll(string(install[1]), "../clients/go", module))
	folder = filepath.Join(folder, "hello")
	if err := os.WriteFile(filepath.Join(folder, "main.go"), []byte(program), 0o600); err != nil {
		t.Fatal(err)
	}
	printed := sh(t, folder, "go mod tidy 2> tidied && go run .", "POINTSMAN_ADDRESS="+plainService(t).Address)
	// Which model answers is drawn, and a small one may be wrong.
	if !regexp.MustCompile(`(?s)\d+.* starter-\w+ [0-9.e-]+\n$`).MatchString(printed) {
		t.Errorf("it printed %q", printed)
	}
}

func TestTheReadmesPiecesCompile(t *testing.T) {
	_, pieces := blocks(t)
	source := "package main\n\nimport (\n\"context\"\n\"errors\"\n\"fmt\"\n\"log\"\n\n\"pointsman.dev/clients/go/pointsman\"\n)\n\n" +
		"var _, _, _ = errors.Is, fmt.Print, log.Print\n\nfunc main() {}\n"
	for i, piece := range pieces {
		source += fmt.Sprintf("\nfunc piece%d(ctx context.Context, client *pointsman.Client, answer *pointsman.Answer, err error) error {\n%s\nreturn err\n}\n", i, piece)
	}
	file := filepath.Join(t.TempDir(), "main.go")
	if err := os.WriteFile(file, []byte(source), 0o600); err != nil {
		t.Fatal(err)
	}
	sh(t, ".", "go build -o "+os.DevNull+" "+file)
}

// sh runs a line of the shell in a folder; what it printed.
func sh(t *testing.T, folder, line string, env ...string) string {
	t.Helper()
	command := exec.Command("sh", "-ec", line)
	command.Dir, command.Env = folder, append(os.Environ(), env...)
	printed, err := command.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, printed)
	}
	return string(printed)
}
