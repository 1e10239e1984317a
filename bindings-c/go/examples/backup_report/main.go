// Command backup_report does what a backup administrator does every morning: it counts devices, looks at one and its
// user, stores the report of the last 30 days as CSV and in SQLite, and fetches the events that are new since the last
// run.
//
//	backup_report [folder]
//
// Credentials come from the environment: DRUVA_CLIENT_ID, DRUVA_CLIENT_SECRET, DRUVA_CLOUD.
package main

import (
	"context"
	"database/sql"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io/fs"
	"log"
	"maps"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"time"

	_ "github.com/mattn/go-sqlite3"

	"druva-sdk/druva"
	"druva-sdk/druva/insync"
	"druva-sdk/druva/platform"
)

func main() {
	log.SetFlags(0)
	folder := "."
	if len(os.Args) > 1 {
		folder = os.Args[1]
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, folder); err != nil {
		log.Print(err)
		var e *druva.Error
		if errors.As(err, &e) && e.Hint != "" {
			log.Print(e.Hint)
		}
		os.Exit(1)
	}
}

func run(ctx context.Context, folder string) error {
	client, err := druva.NewClient(druva.Options{})
	if err != nil {
		return err
	}
	defer client.Close()

	devices, pages, someDevice, err := countDevices(ctx, client)
	if err != nil {
		return err
	}
	if err := showDevice(ctx, client, someDevice); err != nil {
		return err
	}
	report, err := runReport(ctx, client)
	if err != nil {
		return err
	}
	if err := report.storeCSV(filepath.Join(folder, "report.csv")); err != nil {
		return err
	}
	if err := report.storeSQLite(ctx, filepath.Join(folder, "report.sqlite")); err != nil {
		return err
	}
	events, err := fetchEvents(ctx, client, filepath.Join(folder, "tracker"))
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(struct {
		Devices    int `json:"devices"`
		Pages      int `json:"pages"`
		ReportRows int `json:"report_rows"`
		Events     int `json:"events"`
	}{devices, pages, len(report.rows), events})
}

func countDevices(ctx context.Context, client *druva.Client) (devices, pages int, someDevice int64, err error) {
	for page, err := range client.Insync.Devices.List(ctx, nil).Pages() {
		if err != nil {
			return 0, 0, 0, err
		}
		if devices == 0 && len(page.Devices) > 0 {
			someDevice = page.Devices[0].DeviceID.Value
		}
		devices += len(page.Devices)
		pages++
	}
	return devices, pages, someDevice, nil
}

func showDevice(ctx context.Context, client *druva.Client, id int64) error {
	device, err := client.Insync.Devices.Get(ctx, id)
	if err != nil {
		return err
	}
	user, err := client.Insync.Users.Get(ctx, device.UserID.Value)
	if err != nil {
		return err
	}
	log.Printf("device %d is %s and belongs to %s", id, device.DeviceName.Or("nameless"), user.EmailID.Or("nobody known"))
	return nil
}

// report keeps its rows until they are stored: they need not have the same columns, and a table wants to know all first.
type report struct {
	columns []string
	rows    []map[string]druva.JSON
}

func runReport(ctx context.Context, client *druva.Client) (*report, error) {
	monthAgo := time.Now().AddDate(0, 0, -30).UTC().Format(time.RFC3339)
	list := client.Platform.Reports.Query(ctx, "epLastBackupStatus", &platform.ReportsQueryOptions{
		Filters: &platform.ReportFilters{
			PageSize: druva.Int(500),
			FilterBy: []*platform.ReportFilter{{
				FieldName: druva.String("lastUpdatedTime"),
				Operator:  druva.String("GTE"),
				Value:     monthAgo,
			}},
		},
	})
	r := &report{}
	columns := map[string]bool{}
	for row, err := range list.All() {
		if err != nil {
			return nil, err
		}
		for column := range row {
			columns[column] = true
		}
		r.rows = append(r.rows, row)
	}
	r.columns = slices.Sorted(maps.Keys(columns))
	return r, nil
}

func (r *report) storeCSV(path string) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	defer file.Close()
	table := csv.NewWriter(file)
	table.Write(r.columns)
	for _, row := range r.rows {
		cells := make([]string, len(r.columns))
		for i, column := range r.columns {
			cells[i] = row[column].Text().Value
		}
		table.Write(cells)
	}
	table.Flush()
	return errors.Join(table.Error(), file.Close())
}

func (r *report) storeSQLite(ctx context.Context, path string) error {
	if len(r.rows) == 0 {
		return nil
	}
	database, err := sql.Open("sqlite3", path)
	if err != nil {
		return err
	}
	defer database.Close()
	transaction, err := database.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer transaction.Rollback()
	columns := make([]string, len(r.columns))
	for i, column := range r.columns {
		columns[i] = `"` + strings.ReplaceAll(column, `"`, `""`) + `" TEXT`
	}
	table := "DROP TABLE IF EXISTS report; CREATE TABLE report (" + strings.Join(columns, ", ") + ")"
	if _, err := transaction.ExecContext(ctx, table); err != nil {
		return err
	}
	insert, err := transaction.PrepareContext(ctx, "INSERT INTO report VALUES (?"+strings.Repeat(", ?", len(columns)-1)+")")
	if err != nil {
		return err
	}
	defer insert.Close()
	for _, row := range r.rows {
		cells := make([]any, len(r.columns))
		for i, column := range r.columns {
			if text, ok := row[column].Text().Get(); ok {
				cells[i] = text
			}
		}
		if _, err := insert.ExecContext(ctx, cells...); err != nil {
			return err
		}
	}
	return transaction.Commit()
}

// fetchEvents counts new events. The tracker says where the last run stopped; it is stored only after the events before
// it were dealt with.
func fetchEvents(ctx context.Context, client *druva.Client, path string) (int, error) {
	var options insync.EventsListOptions
	tracker, err := os.ReadFile(path)
	switch {
	case err == nil:
		options.Tracker = druva.String(string(tracker))
	case !errors.Is(err, fs.ErrNotExist):
		return 0, err
	}
	events := 0
	list := client.Insync.Events.List(ctx, &options)
	for _, err := range list.All() {
		if err != nil {
			return 0, err
		}
		events++
	}
	if cursor := list.Cursor(); cursor != "" {
		return events, os.WriteFile(path, []byte(cursor), 0o600)
	}
	return events, nil
}
