package druva_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"druva-sdk/druva/druvatest"
)

// A program that begins calls and, when some have arrived, ends in the middle of them as it is told.
const ending = `package main

import (
	"context"
	"os"
	"time"

	"druva-sdk/druva"
)

func main() {
	client, err := druva.NewClient(druva.Options{
		ClientID: os.Args[1], ClientSecret: druva.NewSecret(os.Args[2]), BaseURL: os.Args[3],
	})
	if err != nil {
		panic(err)
	}
	for range 50 {
		go client.Insync.Devices.Get(context.Background(), 1)
	}
	devices := client.Insync.Devices.List(context.Background(), nil)
	for range devices.All() {
		break
	}
	wait, _ := time.ParseDuration(os.Args[5])
	time.Sleep(wait)
	switch os.Args[4] {
	case "exit":
		os.Exit(5)
	case "panic":
		panic("of the program's own")
	case "close":
		client.Close()
		// Answers come to a client that is closed, and closed clients' calls go on.
		time.Sleep(wait)
	}
}
`

func TestAProgramEndsInTheMiddleOfCalls(t *testing.T) {
	folder := t.TempDir()
	source, program := filepath.Join(folder, "main.go"), filepath.Join(folder, "ending")
	if err := os.WriteFile(source, []byte(ending), 0o600); err != nil {
		t.Fatal(err)
	}
	if said, err := exec.CommandContext(t.Context(), "go", "build", "-o", program, source).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	e := druvatest.Start(t, druvatest.Options{Devices: 3})
	options := e.Credentials()
	for _, c := range []struct {
		how   string
		delay float64
		wait  string
		code  int
	}{
		{"exit", 60, "50ms", 5}, {"return", 60, "50ms", 0}, {"panic", 60, "50ms", 2}, {"close", 60, "50ms", 0},
		// Answers come during the exit.
		{"exit", 0.03, "30ms", 5}, {"return", 0.03, "30ms", 0}, {"return", 0.03, "35ms", 0}, {"close", 0.03, "30ms", 0},
	} {
		control(t, e, map[string]any{"do": "clear_faults"})
		control(t, e, map[string]any{"do": "fault", "operation": "insync.devices.get", "delay": c.delay, "count": nil})
		run := exec.CommandContext(t.Context(), program, options.ClientID, options.ClientSecret.Reveal(), e.URL(), c.how, c.wait)
		run.WaitDelay = time.Second
		watch := time.AfterFunc(20*time.Second, func() { run.Process.Kill() })
		said, err := run.CombinedOutput()
		if !watch.Stop() {
			t.Fatalf("%+v: hangs", c)
		}
		var exit *exec.ExitError
		code := 0
		if errors.As(err, &exit) {
			code = exit.ExitCode()
		}
		if code != c.code || len(said) > 0 && c.how != "panic" {
			t.Errorf("%+v: %v\n%s", c, err, said)
		}
	}
}
