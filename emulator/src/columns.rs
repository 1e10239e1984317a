//! The columns of reports, and the values in them.

use crate::arguments::plain;
use crate::clock::{parse, rfc3339_millis};
use crate::dice;
use crate::rows::Rows;
use crate::values::{self, Seedling};
use serde_json::{Map, Value, json};

/// Rows of a report that is about neither users nor devices.
pub(crate) const OTHER_ROWS: usize = 120;

/// What a row of a report stands for.
pub(crate) enum Source {
    Devices,
    Users,
    Other,
}

/// Columns by report, or by the end of its name for a family of reports; the first that fits counts.
const COLUMNS: &[(&str, &str)] = &[
    (
        "epLastBackupStatus",
        "lastUpdatedTime userName userEmailID device profile clientVersion osPlatform deviceStatus startTime endTime filesBackedUp filesMissed isDeleted status bytesTransferredMB deviceConnectivity timeTakenMinutes",
    ),
    (
        "epUserRollout",
        "lastUpdatedTime userName userEmail addedOn profileName licenseData source activatedOn lastBackupStatus isDeleted lastBackupTime firstBackupStatus firstBackupSizeMB bytesTransferredMB clientVersion osPlatform lastUpgradedOn upgradeState deviceOS",
    ),
    (
        "epUsers",
        "lastUpdatedTime fromDate toDate totalUsers totalPreservedUsers usersAdded usersDeleted usersPreserved",
    ),
    (
        "epInactiveDevices",
        "lastUpdatedTime userName userEmailID device profile clientVersion osPlatform deviceStatus lastConnected isDeleted",
    ),
    ("epDeletedDevice", "lastUpdatedTime userName userEmailID device profile deletedOn deletedBy isDeleted"),
    ("epSharedDevices", "lastUpdatedTime device osPlatform users serialNumber isDeleted"),
    (
        "epUpgradeActivity",
        "lastUpdatedTime userName userEmailID device profile clientVersion osPlatform upgradeState lastUpgradedOn isDeleted",
    ),
    ("Alert", "lastUpdatedTime entity alertDetails severity firstOccurrence latestOccurrence isActive isDeleted"),
    ("Alerts", "lastUpdatedTime entity alertDetails severity firstOccurrence latestOccurrence isActive isDeleted"),
    (
        "LicenseUsage",
        "lastUpdatedTime fromDate toDate usersAdded usersDeleted totalActiveLicense activeLicenseUsed totalPreservedLicense preservedLicenseUsed",
    ),
    (
        "PreservedUsersDatasources",
        "lastUpdatedTime userName userEmailID profileName license preservedOn mode autoDeleteOn isDeleted",
    ),
    (
        "UserProvisioning",
        "lastUpdatedTime userName userEmail profile userStatus license usageMB isDeleted createdOn managedBy",
    ),
    (
        "UserLastBackupStatus",
        "lastUpdatedTime userName userEmail workloadType profileName appStatus startTime endTime itemsBackedUp itemsMissed lastBackupData totalBackupData lastBackupStatus statusDetails isDeleted",
    ),
    (
        "RestoreActivity",
        "lastUpdatedTime jobId userName userEmailID profileName mode startTime endTime restoreSize itemsRestored itemsMissed restoreStatus",
    ),
    (
        "StorageConsumption",
        "lastUpdatedTime userName userEmailID profileName storageName totalUsageMB totalSizeOfBackedupFilesMB isDeleted",
    ),
    (
        "BackupActivity",
        "lastUpdatedTime jobID workloads status backupPolicy backupType resourceName scheduled startTime endTime details administrativeGroup organization",
    ),
    ("", "lastUpdatedTime jobID resourceName status details startTime endTime isDeleted"),
];

/// The columns of a report.
pub(crate) fn of(id: &str) -> Vec<&'static str> {
    COLUMNS.iter().find(|(name, _)| id.ends_with(name)).map_or(Vec::new(), |(_, columns)| columns.split(' ').collect())
}

pub(crate) fn source(id: &str) -> Source {
    let columns = of(id);
    if id.starts_with("ep") && columns.contains(&"osPlatform") {
        Source::Devices
    } else if columns.contains(&"userName") {
        Source::Users
    } else {
        Source::Other
    }
}

/// Whether a column holds times.
pub(crate) fn is_time(column: &str) -> bool {
    values::is_time(column) || column == "scheduled"
}

/// One row of a report: about the row `index` of table `at`, or about nothing else that exists.
pub(crate) fn row(rows: &mut Rows, id: &str, at: Option<usize>, index: usize, now: f64) -> Map<String, Value> {
    let catalog = std::sync::Arc::clone(&rows.catalog);
    let table = at.map_or(id, |at| catalog.tables[at].id.as_str());
    let seedling = rows.seedling(table, index);
    let roll = dice::roll(seedling.seed, id, index as u64, "outcome") % 100;
    let mut lookup = |field: &str| {
        at.and_then(|at| rows.lookup((at, index), field)).filter(|value| !value.is_null()).map(|value| plain(&value))
    };
    let mut made = Map::new();
    for column in of(id) {
        let borrowed = match column {
            "userEmail" | "userEmailID" => lookup("emailID"),
            "device" | "source" => lookup("deviceName"),
            "profile" | "profileName" => lookup("profileName"),
            "osPlatform" => lookup("platformOS").map(|platform| platform_name(&platform).to_owned()),
            "deviceStatus" | "userStatus" => {
                lookup(if column == "userStatus" { "status" } else { column }).map(|status| capital(&status))
            }
            "userName" | "clientVersion" | "deviceOS" | "serialNumber" | "upgradeState" | "storageName" => {
                lookup(column)
            }
            "lastConnected" | "addedOn" | "lastUpgradedOn" => {
                lookup(column).as_deref().and_then(parse).map(rfc3339_millis)
            }
            _ => None,
        };
        made.insert(column.to_owned(), borrowed.map_or_else(|| own(&seedling, column, roll, now), |text| json!(text)));
    }
    if roll >= 97 {
        // Never backed up: nothing to tell.
        for column in ["startTime", "endTime", "filesBackedUp", "filesMissed", "bytesTransferredMB", "timeTakenMinutes"]
        {
            if let Some(value) = made.get_mut(column) {
                *value = json!("-");
            }
        }
    }
    made
}

/// A value that stands only in the report.
fn own(seedling: &Seedling<'_>, column: &str, roll: u64, now: f64) -> Value {
    let number = || json!((dice::roll(seedling.seed, seedling.table, seedling.index, column) % 5000).to_string());
    let lower = column.to_ascii_lowercase();
    match column {
        "isDeleted" => json!(u8::from(roll == 50)),
        "isActive" => json!(if roll.is_multiple_of(3) { "Yes" } else { "No" }),
        "status" | "lastBackupStatus" | "restoreStatus" | "firstBackupStatus" => json!(match roll {
            0..=84 => "Success",
            85..=90 => "Completed with Errors",
            91..=96 => "Failed",
            _ => "Never Backed Up",
        }),
        "deviceConnectivity" => json!(if roll.is_multiple_of(10) { "Inactive" } else { "Active" }),
        "severity" => json!(["Warning", "Error", "Critical"][(roll % 3) as usize]),
        "mode" | "managedBy" => json!(if roll.is_multiple_of(2) { "Admin" } else { "Manually" }),
        "workloadType" | "workloads" => json!(["OneDrive", "Exchange Online", "VMware", "Files"][(roll % 4) as usize]),
        "license" | "licenseData" => json!("Active"),
        "appStatus" => json!("Enabled"),
        "statusDetails" => json!("-"),
        _ if is_time(column) => json!(rfc3339_millis((seedling.time(column) as f64 + roll as f64 / 100.0).min(now))),
        _ if ["size", "mb", "data", "id", "minutes"].iter().any(|end| lower.ends_with(end)) => number(),
        _ if ["users", "total", "items", "files", "active"].iter().any(|start| lower.starts_with(start))
            || lower.ends_with("used") =>
        {
            number()
        }
        _ => json!(seedling.text(column)),
    }
}

fn platform_name(platform: &str) -> &str {
    match platform {
        "win32" => "Windows",
        "darwin" => "Mac",
        "linux2" => "Linux",
        other => other,
    }
}

fn capital(text: &str) -> String {
    text.char_indices().map(|(at, letter)| if at == 0 { letter.to_ascii_uppercase() } else { letter }).collect()
}
