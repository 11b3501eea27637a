//! The table `NSPAccessLogs` of one workspace: columns in ingestion order, bounded.
//!
//! Most columns of a row repeat together, so a row keeps one number for all of them (its shape) and
//! only its times, count and port of its own: about 30 bytes a row.

use std::collections::{HashMap, VecDeque};
use std::rc::Rc;
use std::sync::Arc;

use super::super::kql::{Column, NULL, Rows, Schema, Shared, Table, Type, Value, Words};

/// Name of the table.
pub const NAME: &str = "NSPAccessLogs";

/// Most rows kept; the oldest go first.
const MAX_ROWS: usize = 2_000_000;

/// Ports that callers use, so that their dictionary stays small.
pub const PORTS: u16 = 512;

/// Where a column's values are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Start,
    End,
    Count,
    Port,
    Shape,
}

/// The 40 columns with their types, as the published table reference has them.
const COLUMNS: [(&str, Type, Place); 40] = [
    ("TenantId", Type::Str, Place::Shape),
    ("TimeGenerated", Type::DateTime, Place::Start),
    ("TimeGeneratedEndTime", Type::DateTime, Place::End),
    ("Count", Type::Int, Place::Count),
    ("Category", Type::Str, Place::Shape),
    ("OperationName", Type::Str, Place::Shape),
    ("OperationVersion", Type::Str, Place::Shape),
    ("ResultAction", Type::Str, Place::Shape),
    ("ResultDirection", Type::Str, Place::Shape),
    ("ResultDescription", Type::Str, Place::Shape),
    ("TrafficType", Type::Str, Place::Shape),
    ("RuleType", Type::Str, Place::Shape),
    ("MatchedRule", Type::Str, Place::Shape),
    ("Profile", Type::Str, Place::Shape),
    ("AccessRuleVersion", Type::Str, Place::Shape),
    ("Location", Type::Str, Place::Shape),
    ("ServiceResourceId", Type::Str, Place::Shape),
    ("ServiceFqdn", Type::Str, Place::Shape),
    ("AppId", Type::Str, Place::Shape),
    ("Parameters", Type::Str, Place::Shape),
    ("SourceIpAddress", Type::Str, Place::Shape),
    ("SourcePort", Type::Str, Place::Port),
    ("SourceProtocol", Type::Str, Place::Shape),
    ("SourceResourceId", Type::Str, Place::Shape),
    ("SourceAppId", Type::Str, Place::Shape),
    ("SourceParameters", Type::Str, Place::Shape),
    ("SourcePerimeterGuids", Type::Str, Place::Shape),
    ("DestinationFqdn", Type::Str, Place::Shape),
    ("DestinationResourceId", Type::Str, Place::Shape),
    ("DestinationPort", Type::Str, Place::Shape),
    ("DestinationProtocol", Type::Str, Place::Shape),
    ("DestinationParameters", Type::Str, Place::Shape),
    ("DestinationEmailAddress", Type::Str, Place::Shape),
    ("DestinationPhoneNumber", Type::Str, Place::Shape),
    ("SourceSystem", Type::Str, Place::Shape),
    ("Type", Type::Str, Place::Shape),
    ("_ResourceId", Type::Str, Place::Shape),
    ("_SubscriptionId", Type::Str, Place::Shape),
    ("_BilledSize", Type::Real, Place::Shape),
    ("_IsBillable", Type::Str, Place::Shape),
];

/// What a row has of its own. Times are in ticks since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Row {
    /// When it arrived.
    pub ingested: i64,
    /// Start of its window.
    pub start: i64,
    /// End of its window; none when the row is a single event.
    pub end: Option<i64>,
    /// Events; none means one.
    pub count: Option<u32>,
    /// Number of the caller's port, below [`PORTS`]; none for outbound rows.
    pub port: Option<u16>,
    /// Everything else.
    pub shape: u32,
}

/// Named values of a shape; columns left out are empty.
pub type Fields<'f> = &'f [(&'static str, String)];

/// The words of one column and their numbers.
#[derive(Debug, Default)]
struct Dictionary {
    words: Vec<Value>,
    codes: HashMap<Arc<str>, u32>,
}

impl Dictionary {
    fn code(&mut self, word: &str, ty: Type) -> u32 {
        if let Some(code) = self.codes.get(word) {
            return *code;
        }
        let code = self.words.len() as u32;
        self.words.push(if ty == Type::Real {
            Value::Real(word.parse().unwrap_or(0.0))
        } else {
            Value::str(word)
        });
        self.codes.insert(Arc::from(word), code);
        code
    }
}

/// One workspace's table.
#[derive(Debug)]
pub struct LogTable {
    workspace: String,
    dictionaries: Vec<Dictionary>,
    ports: Vec<Value>,
    shapes: Vec<Vec<u32>>,
    by_shape: HashMap<Vec<u32>, u32>,
    ingested: VecDeque<i64>,
    start: VecDeque<i64>,
    end: VecDeque<i64>,
    count: VecDeque<u32>,
    port: VecDeque<u16>,
    shape: VecDeque<u32>,
}

impl LogTable {
    /// An empty table of a workspace (its customer id).
    pub fn new(workspace: &str) -> Self {
        let mut ports: Vec<Value> =
            (0..PORTS).map(|n| Value::str((49_152 + u32::from(n) * 31).to_string())).collect();
        ports.push(Value::str(""));
        Self {
            workspace: workspace.to_owned(),
            dictionaries: COLUMNS.iter().map(|_| Dictionary::default()).collect(),
            ports,
            shapes: Vec::new(),
            by_shape: HashMap::new(),
            ingested: VecDeque::new(),
            start: VecDeque::new(),
            end: VecDeque::new(),
            count: VecDeque::new(),
            port: VecDeque::new(),
            shape: VecDeque::new(),
        }
    }

    /// The number of a shape.
    pub fn shape(&mut self, fields: Fields<'_>) -> u32 {
        let mut codes = Vec::with_capacity(COLUMNS.len());
        for ((name, ty, _), dictionary) in COLUMNS.iter().zip(&mut self.dictionaries) {
            let given = fields.iter().find(|(n, _)| n == name).map_or("", |(_, v)| v.as_str());
            let value = match *name {
                "TenantId" => self.workspace.as_str(),
                "SourceSystem" => "Azure",
                "Type" => NAME,
                "_IsBillable" => "True",
                _ => given,
            };
            codes.push(dictionary.code(value, *ty));
        }
        if let Some(shape) = self.by_shape.get(&codes) {
            return *shape;
        }
        let shape = self.shapes.len() as u32;
        self.by_shape.insert(codes.clone(), shape);
        self.shapes.push(codes);
        shape
    }

    /// Adds a row; it must not have been ingested before the last one.
    pub fn push(&mut self, row: Row) {
        if self.ingested.len() >= MAX_ROWS {
            self.drop_first();
        }
        self.ingested.push_back(row.ingested);
        self.start.push_back(row.start);
        self.end.push_back(row.end.unwrap_or(NULL));
        self.count.push_back(row.count.unwrap_or(0));
        self.port.push_back(row.port.unwrap_or(PORTS));
        self.shape.push_back(row.shape);
    }

    /// Lets rows go that were ingested before `instant`.
    pub fn retain_from(&mut self, instant: i64) {
        while self.ingested.front().is_some_and(|t| *t < instant) {
            self.drop_first();
        }
    }

    fn drop_first(&mut self) {
        self.ingested.pop_front();
        self.start.pop_front();
        self.end.pop_front();
        self.count.pop_front();
        self.port.pop_front();
        self.shape.pop_front();
    }
}

fn whole(values: &VecDeque<i64>, rows: &Rows) -> Vec<i64> {
    rows.collect(|row| values.get(row).copied().unwrap_or(NULL))
}

impl Table for LogTable {
    fn schema(&self) -> Schema {
        COLUMNS.iter().map(|(name, ty, _)| (Arc::from(*name), *ty)).collect()
    }

    fn len(&self) -> usize {
        self.ingested.len()
    }

    fn read<'a>(&'a self, column: usize, rows: &Rows) -> Column<'a> {
        let place = COLUMNS.get(column).map_or(Place::Shape, |c| c.2);
        match place {
            Place::Start => Column::Whole(Rc::new(whole(&self.start, rows)), Type::DateTime),
            Place::End => Column::Whole(Rc::new(whole(&self.end, rows)), Type::DateTime),
            Place::Count => {
                let count = |row| self.count.get(row).filter(|n| **n > 0).map_or(NULL, |n| i64::from(*n));
                Column::Whole(Rc::new(rows.collect(count)), Type::Int)
            }
            Place::Port => {
                let codes = rows.collect(|row| self.port.get(row).map_or(0, |p| u32::from(*p)));
                Column::Dictionary(Rc::new(codes), Words::Stored(&self.ports))
            }
            Place::Shape => {
                let codes = rows.collect(|row| {
                    let shape = self.shape.get(row).copied().unwrap_or(0) as usize;
                    self.shapes.get(shape).and_then(|s| s.get(column)).copied().unwrap_or(0)
                });
                let words = self.dictionaries.get(column).map_or(&[][..], |d| &d.words);
                Column::Dictionary(Rc::new(codes), Words::Stored(words))
            }
        }
    }

    fn read_shared<'a>(&'a self, column: usize, rows: &Rows, codes: &Shared) -> Column<'a> {
        let in_shape = COLUMNS.get(column).is_some_and(|c| c.2 == Place::Shape);
        // With few rows it is quicker to look only at theirs.
        if !in_shape || rows.len() < 2 * self.shapes.len() {
            return self.read(column, rows);
        }
        let shape = |row| self.shape.get(row).copied().unwrap_or(0);
        let codes = codes.get_or_init(|| Rc::new(rows.collect(shape)));
        let words = self.dictionaries.get(column).map_or(&[][..], |d| &d.words);
        let word = |shape: &Vec<u32>| {
            let code = shape.get(column).copied().unwrap_or(0);
            words.get(code as usize).cloned().unwrap_or(Value::Null)
        };
        let by_shape = self.shapes.iter().map(word).collect();
        Column::Dictionary(Rc::clone(codes), Words::Own(Rc::new(by_shape)))
    }

    fn ingested(&self, rows: &Rows) -> Vec<i64> {
        whole(&self.ingested, rows)
    }

    fn first_at(&self, instant: i64) -> usize {
        self.ingested.partition_point(|t| *t < instant)
    }
}
