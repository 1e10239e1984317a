//! What a backup administrator wants to know in the morning.
//!
//!     cargo run -p backup-report -- [folder]
//!
//! Counts the devices, looks at one of them and its user, stores the last backups as `report.csv` and `report.sqlite` in
//! the folder, and fetches the events since the last run. Configured by the environment alone: DRUVA_CLIENT_ID,
//! DRUVA_CLIENT_SECRET, DRUVA_CLOUD.

use druva::api::platform::{ReportFilter, ReportFilters};
use druva::{Client, Json};
use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, SystemTime};

const MONTH: Duration = Duration::from_secs(30 * 24 * 60 * 60);

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let folder = PathBuf::from(std::env::args_os().nth(1).unwrap_or_else(|| ".".into()));
    match report(&folder).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("backup_report: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn report(folder: &Path) -> Result<(), Box<dyn Error>> {
    std::fs::create_dir_all(folder)?;
    let client = Client::from_env()?;

    let (mut devices, mut pages, mut first) = (0, 0, None);
    let mut list = client.insync().devices().list().pages();
    while let Some(page) = list.next().await {
        pages += 1;
        for device in page?.devices() {
            devices += 1;
            first = first.or(device.device_id());
        }
    }
    if let Some(device) = first {
        show(&client, device).await?;
    }

    let rows = last_backups(&client).await?;
    store_csv(&rows, &folder.join("report.csv"))?;
    store_sqlite(&rows, &folder.join("report.sqlite"))?;

    let events = new_events(&client, &folder.join("tracker")).await?;

    println!(
        "{}",
        serde_json::json!({"devices": devices, "pages": pages, "report_rows": rows.len(), "events": events})
    );
    Ok(())
}

/// Says whose device it is.
async fn show(client: &Client, device: i64) -> druva::Result<()> {
    let device = client.insync().devices().get(device).await?;
    let user = match device.user_id() {
        Some(user) => Some(client.insync().users().get(user).await?),
        None => None,
    };
    let owner = user.as_ref().and_then(|user| user.email_id());
    eprintln!(
        "{} belongs to {}, seen {}",
        device.device_name().unwrap_or_default(),
        owner.as_deref().unwrap_or("nobody"),
        device.last_connected().unwrap_or_default()
    );
    Ok(())
}

/// The report's rows of the last 30 days; without a date the report covers one day.
async fn last_backups(client: &Client) -> druva::Result<Vec<Json>> {
    let since = humantime::format_rfc3339_seconds(SystemTime::now() - MONTH).to_string();
    let recent = ReportFilter::new().with_field_name("lastUpdatedTime").with_operator("GTE").with_value(since);
    let filters = ReportFilters::new().with_page_size(500).with_filter_by([recent]);

    let mut rows = Vec::new();
    let mut items = client.platform().reports().query("epLastBackupStatus").filters(filters).items();
    while let Some(row) = items.next().await {
        rows.push(row?);
    }
    Ok(rows)
}

fn store_csv(rows: &[Json], path: &Path) -> Result<(), Box<dyn Error>> {
    let columns = columns(rows);
    let mut file = csv::Writer::from_path(path)?;
    file.write_record(&columns)?;
    for row in rows {
        file.write_record(columns.iter().map(|column| text(row, column).unwrap_or_default()))?;
    }
    Ok(file.flush()?)
}

fn store_sqlite(rows: &[Json], path: &Path) -> rusqlite::Result<()> {
    let columns = columns(rows);
    let names = columns.iter().map(|column| format!("\"{column}\"")).collect::<Vec<_>>().join(", ");
    let places = vec!["?"; columns.len()].join(", ");

    let mut database = rusqlite::Connection::open(path)?;
    let change = database.transaction()?;
    change.execute_batch("DROP TABLE IF EXISTS report")?;
    if !columns.is_empty() {
        change.execute_batch(&format!("CREATE TABLE report ({names})"))?;
        let mut insert = change.prepare(&format!("INSERT INTO report VALUES ({places})"))?;
        for row in rows {
            insert.execute(rusqlite::params_from_iter(columns.iter().map(|column| text(row, column))))?;
        }
    }
    change.commit()
}

/// The rows' columns, in the order in which they turn up: not every row has every one.
fn columns(rows: &[Json]) -> Vec<String> {
    let mut columns: Vec<String> = Vec::new();
    for row in rows {
        for (name, _) in row.members() {
            if !columns.iter().any(|column| column == name) {
                columns.push(name.to_owned());
            }
        }
    }
    columns
}

fn text(row: &Json, column: &str) -> Option<String> {
    let value = row.get(column).filter(|value| !value.is_null())?;
    Some(value.as_str().map_or_else(|| value.to_string(), |text| text.into_owned()))
}

/// Counts the events since the last run, whose tracker was kept.
async fn new_events(client: &Client, tracker: &Path) -> Result<usize, Box<dyn Error>> {
    let mut list = client.insync().events().list();
    if tracker.exists() {
        list = list.tracker(std::fs::read_to_string(tracker)?);
    }
    let mut events = list.items();
    let mut count = 0;
    while let Some(event) = events.next().await {
        event?;
        count += 1;
    }
    // Only now, when the events have been dealt with: one may come twice, but none is lost.
    if let Some(cursor) = events.cursor() {
        std::fs::write(tracker, cursor)?;
    }
    Ok(count)
}
