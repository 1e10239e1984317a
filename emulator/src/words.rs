//! Names and words that synthetic data is made of.

pub(crate) const FIRST_NAMES: &[&str] = &[
    "Ada", "Aisha", "Akira", "Amara", "Anders", "Beatriz", "Carlos", "Chen", "Chlo\u{eb}", "Dalia", "David", "Dmitri", "Elena", "Emeka",
    "Erik", "Farah", "Felix", "Gita", "Hana", "Hugo", "Ines", "Ivan", "Jamal", "Joana", "Jonas", "Kavya", "Keiko", "Lars", "Leila", "Liam",
    "Lucia", "Magnus", "Mei", "Mira", "Nadia", "Nikhil", "Noor", "Olga", "Omar", "Pavel", "Priya", "Quinn", "Rafael", "Rosa", "Samir",
    "Sofia", "Tariq", "Tom\u{e1}s", "Uma", "Viktor", "Wei", "Yara", "Yusuf", "Zo\u{eb}",
];

pub(crate) const LAST_NAMES: &[&str] = &[
    "Abbas", "Adeyemi", "Almeida", "Andersen", "Banerjee", "Becker", "Brandt", "Castillo", "Chandra", "Cohen", "Costa", "Dubois", "Eriksen",
    "Ferreira", "Fischer", "Garcia", "Haddad", "Hansen", "Hoffmann", "Ibrahim", "Ito", "Jensen", "Kapoor", "Keller", "Kim", "Kowalski",
    "Kumar", "Lefebvre", "Lindqvist", "Mbeki", "Mendes", "Moreau", "M\u{fc}ller", "Nakamura", "Novak", "Okafor", "Olsen", "Patel", "Petrov",
    "Popescu", "Rao", "Rossi", "Saito", "Santos", "Schmidt", "Sharma", "Silva", "Singh", "Sokolov", "Svensson", "Tanaka", "Vargas",
    "Vasquez", "Weber", "Yilmaz", "Zhang",
];

pub(crate) const DEPARTMENTS: &[&str] = &[
    "Engineering", "Finance", "Human Resources", "Legal", "Marketing", "Operations", "Procurement", "Research", "Sales", "Support",
    "Security", "Logistics",
];

pub(crate) const FILES: &[&str] = &[
    "budget.xlsx", "contract.pdf", "customers.csv", "handbook.docx", "invoice.pdf", "minutes.docx", "plan.pptx", "prices.xlsx",
    "salaries.xlsx", "design.png",
];

pub(crate) const REGIONS: &[&str] = &["us-east-1", "us-west-2", "eu-central-1", "eu-west-1", "ap-southeast-2"];

pub(crate) const TIMEZONES: &[&str] = &["UTC", "America/New_York", "Asia/Kolkata", "Europe/Berlin", "Australia/Sydney"];

/// Platform, name and version of operating systems, so that the three agree.
pub(crate) const SYSTEMS: &[(&str, &str, &str)] = &[
    ("win32", "Windows 11", "10.0.22631"),
    ("win32", "Windows 10", "10.0.19045"),
    ("darwin", "Sonoma", "14.5"),
    ("darwin", "Ventura", "13.6.7"),
    ("linux2", "Ubuntu", "22.04"),
    ("win32", "Windows 11", "10.0.26100"),
];

pub(crate) const CLIENT_VERSIONS: &[&str] = &["7.5.2 r112233", "7.5.1 r111980", "7.4.0 r109876", "7.2.3 r107001", "6.9.9 r101010"];

pub(crate) const EVENT_TYPES: &[&str] =
    &["Backup", "Restore", "API Login", "User Login", "Device Added", "Device Disabled", "Client Upgrade", "Web Download"];
