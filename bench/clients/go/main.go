// The Go clients: `client PEER SHAPE CALLS WIDTH WARMUP`, the server's URL in BENCH_URL. Every answer is looked at.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/oauth2/clientcredentials"

	"druva-sdk/druva"
	"druva-sdk/druva/core"
	"druva-sdk/druva/insync"
)

const pageDevices = 4097

var base = os.Getenv("BENCH_URL")

// device is what a user would declare.
type device struct {
	DeviceID        int64     `json:"deviceID"`
	DeviceName      string    `json:"deviceName"`
	DeviceOS        string    `json:"deviceOS"`
	DeviceOSVersion string    `json:"deviceOSVersion"`
	ClientVersion   string    `json:"clientVersion"`
	UserID          int64     `json:"userID"`
	DeviceStatus    string    `json:"deviceStatus"`
	AddedOn         time.Time `json:"addedOn"`
	UpgradeState    string    `json:"upgradeState"`
}

func main() {
	if len(os.Args) != 6 {
		log.Fatal("client PEER SHAPE CALLS WIDTH WARMUP")
	}
	peer, shape := os.Args[1], os.Args[2]
	calls, width, warmup := number(os.Args[3]), number(os.Args[4]), number(os.Args[5])
	one := map[string]func(string) func(int) error{"druva-go": ours, "net/http": theirs}[peer]
	if one == nil {
		log.Fatal("no such peer: ", peer)
	}
	call := one(shape)
	if strings.HasPrefix(shape, "list-") {
		// What a list needs is loaded before its memory is looked at: a device, and a list of none.
		check(one("device")(1))
		check(call(0))
	}
	idle := memoryKB("VmRSS")
	run(call, shape, warmup, width)
	before, begun := usage(), time.Now()
	run(call, shape, calls, width)
	wall, after := time.Since(begun), usage()
	fmt.Printf("{\"name\":%q,\"calls\":%d,\"wall_ns\":%d,\"cpu_us\":%d,\"memory_kb\":%d}\n",
		peer, calls, wall.Nanoseconds(), cpu(after)-cpu(before), memoryKB("VmHWM")-idle)
}

func ours(shape string) func(int) error {
	client, err := druva.NewClient(druva.Options{ClientID: "bench", ClientSecret: druva.NewSecret("bench-secret"), BaseURL: base})
	check(err)
	ctx := context.Background()
	devices := client.Insync.Devices
	page := func(number, of int) ([]byte, error) {
		arguments := map[string]any{"pageToken": fmt.Sprintf("%03d-%03d", of, number)}
		if number == 1 {
			arguments = map[string]any{"userID": of}
		}
		response, err := client.Call(ctx, "insync.devices.list", arguments)
		if err != nil {
			return nil, err
		}
		return response.Body, nil
	}
	switch {
	case strings.HasPrefix(shape, "list-"):
		return func(pages int) error {
			seen := 0
			for device, err := range devices.List(ctx, &insync.DevicesListOptions{UserID: druva.Int(int64(pages))}).All() {
				if err != nil {
					return err
				}
				if device.DeviceID.Or(0) > 0 {
					seen++
				}
			}
			return same(seen, pages*pageDevices)
		}
	case shape == "fetch":
		return func(pages int) error {
			for number := range pages {
				body, err := page(number+1, pages)
				if err != nil {
					return err
				}
				if len(body) < 1_000_000 {
					return fmt.Errorf("a page of %d bytes", len(body))
				}
			}
			return nil
		}
	case shape == "decode":
		return func(pages int) error {
			body, err := page(1, 1)
			for range pages {
				var list insync.DeviceList
				if err == nil {
					err = core.Decode(body, &list)
				}
				seen := 0
				for _, device := range list.Devices {
					if device.DeviceID.Or(0) > 0 {
						seen++
					}
				}
				if err == nil {
					err = same(seen, pageDevices)
				}
			}
			return err
		}
	}
	return func(int) error {
		device, err := devices.Get(ctx, 7)
		if err != nil {
			return err
		}
		return same(int(device.DeviceID.Or(0)), 7)
	}
}

func theirs(string) func(int) error {
	config := clientcredentials.Config{ClientID: "bench", ClientSecret: "bench-secret", TokenURL: base + "/token"}
	http.DefaultTransport.(*http.Transport).MaxIdleConnsPerHost = 64
	client := config.Client(context.Background())
	return func(int) error {
		answer, err := client.Get(base + "/insync/endpoints/v2/devices/7")
		if err != nil {
			return err
		}
		defer answer.Body.Close()
		var device device
		if err := json.NewDecoder(answer.Body).Decode(&device); err != nil {
			return err
		}
		if err := same(answer.StatusCode, 200); err != nil {
			return err
		}
		return same(int(device.DeviceID), 7)
	}
}

func run(call func(int) error, shape string, calls, width int) {
	if calls == 0 {
		return
	}
	if pages, listed := strings.CutPrefix(shape, "list-"); listed {
		for range calls / number(pages) {
			check(call(number(pages)))
		}
		return
	}
	if shape == "fetch" || shape == "decode" {
		check(call(calls))
		return
	}
	var workers sync.WaitGroup
	for range width {
		workers.Go(func() {
			for range calls / width {
				check(call(1))
			}
		})
	}
	workers.Wait()
}

func same(got, wanted int) error {
	if got != wanted {
		return fmt.Errorf("an answer gave %d, not %d", got, wanted)
	}
	return nil
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func number(text string) int {
	value, err := strconv.Atoi(text)
	check(err)
	return value
}

func usage() (usage syscall.Rusage) {
	check(syscall.Getrusage(syscall.RUSAGE_SELF, &usage))
	return usage
}

func cpu(usage syscall.Rusage) int64 {
	return (usage.Utime.Nano() + usage.Stime.Nano()) / 1000
}

// memoryKB gives VmRSS, what is held now, or VmHWM, the most that was ever held. The peak that getrusage tells is that of the
// program before exec as well.
func memoryKB(name string) int {
	status, err := os.ReadFile("/proc/self/status")
	check(err)
	_, rest, _ := strings.Cut(string(status), name+":")
	kilobytes, _, _ := strings.Cut(rest, "kB")
	return number(strings.TrimSpace(kilobytes))
}
