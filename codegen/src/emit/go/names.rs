//! Names as Go writes them.

use crate::names::{self, words};

/// Words that Go writes in capitals.
const INITIALISMS: &[&str] = &[
    "acl", "ad", "ahv", "ami", "api", "arn", "ascii", "av", "aws", "ca", "cpu", "csv", "db", "dns", "ebs", "ec2",
    "fqdn", "guid", "html", "http", "https", "iam", "id", "ioc", "ip", "json", "jwt", "kms", "ldap", "mfa", "msp",
    "nas", "os", "pbs", "rds", "rpo", "s3", "saml", "sla", "smb", "sql", "ssh", "sso", "tls", "ttl", "uid", "upn",
    "uri", "url", "utc", "uuid", "vm", "vpc", "xml",
];

const KEYWORDS: &[&str] = &[
    "break",
    "case",
    "chan",
    "const",
    "continue",
    "default",
    "defer",
    "else",
    "fallthrough",
    "for",
    "func",
    "go",
    "goto",
    "if",
    "import",
    "interface",
    "map",
    "package",
    "range",
    "return",
    "select",
    "struct",
    "switch",
    "type",
    "var",
];

/// What a generated method uses itself.
const TAKEN: &[&str] = &["ctx", "s", "opts", "core", "context", "json", "time"];

/// `DeviceOSVersion`, `UserIDs`
pub(super) fn exported(name: &str) -> String {
    words(name).iter().map(|word| capitalised(word)).collect()
}

/// `deviceID`, `type_`
pub(super) fn argument(name: &str) -> String {
    let mut words = words(name).into_iter();
    let first = words.next().unwrap_or_default();
    let name = first + &words.map(|word| capitalised(&word)).collect::<String>();
    if KEYWORDS.contains(&name.as_str()) || TAKEN.contains(&name.as_str()) { name + "_" } else { name }
}

fn capitalised(word: &str) -> String {
    if INITIALISMS.contains(&word) {
        return word.to_ascii_uppercase();
    }
    if let Some(singular) = word.strip_suffix('s').filter(|singular| INITIALISMS.contains(singular)) {
        return singular.to_ascii_uppercase() + "s";
    }
    names::capitalised(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn go_names() {
        for (name, expected) in [
            ("deviceID", "DeviceID"),
            ("userIDs", "UserIDs"),
            ("deviceOSVersion", "DeviceOSVersion"),
            ("ApiError", "APIError"),
            ("legal_holds", "LegalHolds"),
            ("totalBackupDataInBytes", "TotalBackupDataInBytes"),
            ("sha1Checksum", "Sha1Checksum"),
        ] {
            assert_eq!(exported(name), expected, "{name}");
        }
        assert_eq!(argument("deviceID"), "deviceID");
        assert_eq!(argument("IDs"), "ids");
        assert_eq!(argument("type"), "type_");
        assert_eq!(argument("s"), "s_");
    }
}
