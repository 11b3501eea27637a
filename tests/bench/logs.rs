//! Costs of the access log: decoding, storing, filtering, moving by one row, memory. Prints numbers and judges none;
//! the budgets stand in STACK.md, section 11.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::cast_possible_wrap,
    reason = "a benchmark prints, and stops at the first surprise"
)]

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use nsp::app::data::Data;
use nsp::app::panes::AnyList;
use nsp::app::panes::logs::LogPane;
use nsp::azure::logs::{QueryAnswer, TailCursor, TailSettings, table};
use nsp::domain::Filter;
use nsp::domain::log::{
    AccessLogEntry, ExportFormat, Exported, GroupBy, LogColumn, LogExport, LogGroups, LogStore, LogView,
    RoomColumn, RowKey, TailStatus, TailTable, filter_columns,
};

const ROWS: u64 = 1_000_000;
const PAGE: u64 = 5_000;
/// Rows on the screen.
const SCREEN: u64 = 40;

/// One row of an estate with `resources` resources and `callers` callers.
fn row(n: u64, resources: u64, callers: u64) -> String {
    const CATEGORIES: [(&str, &str); 4] = [
        ("NspPublicInboundPerimeterRulesAllowed", "Approved"),
        ("NspPublicInboundResourceRulesAllowed", "Approved"),
        ("NspPublicInboundPerimeterRulesDenied", "Denied"),
        ("NspIntraPerimeterInboundAllowed", "Approved"),
    ];
    const OPERATIONS: [&str; 5] =
        ["ChatCompletions_Create", "GetBlob", "SecretGet", "Embeddings_Create", "PutBlob"];
    let mixed = n.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 20;
    let resource = mixed % resources;
    let caller = (mixed >> 7) % callers;
    let (category, action) = CATEGORIES[(caller % 4) as usize];
    let operation = OPERATIONS[(resource % 5) as usize];
    let perimeter = resource / 20;
    let (sub, time) = (perimeter % 3, 1_790_000_000 + (n / 1000) as i64);
    let at = |seconds: i64| jiff::Timestamp::from_second(time + seconds).unwrap();
    format!(
        r#"["{}","{}",{},"{category}","{operation}","2024-10-01","{action}","Inbound","","Public","NSP","{{ \"accessRule\": \"rule-{}\" }}","profile-{}","{}","westeurope","/subscriptions/0000000{sub}-1111-2222-3333-444444444444/resourceGroups/rg-{perimeter}/providers/Microsoft.CognitiveServices/accounts/account-{resource}","account-{resource}.openai.azure.com","11111111-2222-3333-4444-555555555555","","10.{}.{}.{}","{}","HTTPS:TCP","","","","","","","","","","","","","44444444-2222-3333-4444-555555555555","Azure","NSPAccessLogs","/SUBSCRIPTIONS/0000000{sub}-1111-2222-3333-444444444444/RESOURCEGROUPS/RG-NET/PROVIDERS/MICROSOFT.NETWORK/NETWORKSECURITYPERIMETERS/NSP-{perimeter}","0000000{sub}-1111-2222-3333-444444444444",812.5,"True","{}","{}"]"#,
        at(0),
        at(60),
        n % 30 + 1,
        caller % 7,
        resource % 4,
        caller % 3,
        caller >> 16 & 255,
        caller >> 8 & 255,
        caller & 255,
        1024 + mixed % 60_000,
        at(240),
        at(400),
    )
}

const COLUMNS: &str = "TimeGenerated TimeGeneratedEndTime Count Category OperationName OperationVersion ResultAction ResultDirection ResultDescription TrafficType RuleType MatchedRule Profile AccessRuleVersion Location ServiceResourceId ServiceFqdn AppId Parameters SourceIpAddress SourcePort SourceProtocol SourceResourceId SourceAppId SourceParameters SourcePerimeterGuids DestinationFqdn DestinationResourceId DestinationPort DestinationProtocol DestinationParameters DestinationEmailAddress DestinationPhoneNumber Extra TenantId SourceSystem Type _ResourceId _SubscriptionId _BilledSize _IsBillable nsp_ingested nsp_asked";

fn page(first: u64, resources: u64, callers: u64) -> Vec<u8> {
    let columns: Vec<String> =
        COLUMNS.split(' ').map(|c| format!(r#"{{"name":"{c}","type":"string"}}"#)).collect();
    let rows: Vec<String> = (first..first + PAGE).map(|n| row(n, resources, callers)).collect();
    format!(
        r#"{{"tables":[{{"name":"PrimaryResult","columns":[{}],"rows":[{}]}}]}}"#,
        columns.join(","),
        rows.join(",")
    )
    .into_bytes()
}

/// Resident memory in bytes; 0 where the system does not tell.
fn resident() -> u64 {
    let pages = std::fs::read_to_string("/proc/self/statm").ok();
    let pages = pages.and_then(|text| text.split(' ').nth(1)?.parse::<u64>().ok());
    pages.unwrap_or_default() * rustix::param::page_size() as u64
}

/// The median of several runs.
fn median(runs: usize, mut run: impl FnMut()) -> Duration {
    let mut times: Vec<Duration> = (0..runs)
        .map(|_| {
            let start = Instant::now();
            run();
            start.elapsed()
        })
        .collect();
    times.sort();
    times[runs / 2]
}

/// What drawing the log costs when the cursor has moved by one row: find it, read a screenful.
fn step(store: &LogStore, view: &LogView, key: RowKey) -> usize {
    let at = view.position(key).unwrap_or_else(|next| next);
    let rows = view.keys_from(at.saturating_sub(SCREEN as usize)).take(SCREEN as usize);
    let rows = rows.filter_map(|key| store.get(key));
    rows.map(|row| {
        let texts = [LogColumn::SourceIpAddress, LogColumn::ServiceResourceId, LogColumn::OperationName];
        texts.iter().map(|c| row.text(*c).len()).sum::<usize>()
            + row.verdict().word().len()
            + row.count() as usize
    })
    .sum()
}

fn steps(store: &LogStore, view: &LogView) -> Duration {
    let last = store.last_key().map_or(0, |key| key.0);
    let each = 1000;
    median(9, || {
        for n in 0..each {
            black_box(step(store, view, RowKey(last / 2 + n % 300)));
        }
    }) / each as u32
}

fn filter(text: &str) -> Filter {
    Filter::parse(text, &filter_columns()).unwrap()
}

fn estate(name: &str, resources: u64, callers: u64) {
    println!("\n{name}: {resources} resources, {callers} callers, {ROWS} rows");
    let settings = TailSettings { page: PAGE as usize, ..TailSettings::default() };
    let mut cursor = TailCursor::new(&[], settings);
    let mut store = LogStore::new(ROWS as usize);
    // The buffers of a running tail are part of the base.
    drop(table::decode(&page(0, resources, callers)).unwrap());
    let base = resident();
    let (mut decoding, mut tailing, mut storing, mut bytes) =
        (Duration::ZERO, Duration::ZERO, Duration::ZERO, 0);
    let mut small = None;
    for first in (0..ROWS).step_by(PAGE as usize) {
        let body = page(first, resources, callers);
        bytes += body.len();
        let start = Instant::now();
        let table = table::decode(&body).unwrap().table;
        decoding += start.elapsed();
        let now = jiff::Timestamp::from_second(1_790_000_000).unwrap();
        let start = Instant::now();
        cursor.next_query(now);
        let batches = cursor.accept(&QueryAnswer { table, state: TailTable::Present, warning: None }, now);
        tailing += start.elapsed();
        let start = Instant::now();
        store.extend(batches.iter().flat_map(|batch| &batch.rows));
        storing += start.elapsed();
        if first == 0 {
            let mut few = LogStore::new(1000);
            few.extend(batches.iter().flat_map(|batch| &batch.rows));
            small = Some(few);
        }
    }
    let per_second = |time: Duration| ROWS as f64 / time.as_secs_f64();
    println!(
        "  JSON {:.0} MB; decode {:.0} rows/s, cursor {:.0} rows/s, store {:.0} rows/s; all {:.0} rows/s",
        bytes as f64 / 1e6,
        per_second(decoding),
        per_second(tailing),
        per_second(storing),
        per_second(decoding + tailing + storing)
    );
    drop(cursor);
    let used = resident().saturating_sub(base);
    println!(
        "  memory {:.1} MB above base, {:.1} bytes a row; {:?}",
        used as f64 / 1e6,
        used as f64 / store.len() as f64,
        store.dictionary_sizes()
    );
    for text in
        ["denied", "10.0.3", "!GetBlob Category:resourcerules", "/account-1[0-9]+$/", "SourcePort:443"]
    {
        let parsed = filter(text);
        let found = LogView::new(parsed.clone(), &store).len();
        let time = median(5, || {
            black_box(LogView::new(parsed.clone(), &store));
        });
        println!("  filter {text:<32} {:>7.2} ms, {found} rows", time.as_secs_f64() * 1e3);
    }
    if let Some(small) = small {
        for text in ["", "denied"] {
            let (few, many) = (LogView::new(filter(text), &small), LogView::new(filter(text), &store));
            let (few, many) = (steps(&small, &few), steps(&store, &many));
            println!(
                "  one row down, filter {text:?}: {:.1} us at 1,000 rows, {:.1} us at {ROWS}, x{:.2}",
                few.as_secs_f64() * 1e6,
                many.as_secs_f64() * 1e6,
                many.as_secs_f64() / few.as_secs_f64()
            );
        }
    }
    appends(&mut store);
    room(&store);
}

/// A batch coming in while the store is full and a filter is on.
fn appends(store: &mut LogStore) {
    let batch: Vec<AccessLogEntry> = store.iter().rev().take(500).map(|row| row.to_entry()).collect();
    let mut view = LogView::new(filter("denied"), store);
    let time = median(21, || {
        store.extend(&batch);
        view.sync(store);
    });
    println!("  500 rows into the full store, filter kept: {:.2} ms", time.as_secs_f64() * 1e3);
}

/// The log room over a million rows of history: a page more, a step, groups, an export.
fn room(store: &LogStore) {
    let status = TailStatus::default();
    let first: Vec<AccessLogEntry> = store.iter().rev().take(500).map(|row| row.to_entry()).collect();
    let pane = |count: usize, text: &str| {
        let mut pane = LogPane::default();
        pane.set_capacity(ROWS as usize);
        pane.extend(&first[..100], status.clone());
        pane.set_filter(text, &Data::default()).unwrap();
        let (mut older, mut time) = (store.iter().rev().skip(100).take(count), Duration::ZERO);
        loop {
            let page: Vec<AccessLogEntry> =
                older.by_ref().take(PAGE as usize).map(|r| r.to_entry()).collect();
            if page.is_empty() {
                return (pane, time);
            }
            let start = Instant::now();
            pane.prepend(&page);
            time += start.elapsed();
        }
    };
    for text in ["", "denied"] {
        let (mut few, _) = pane(0, text);
        let (mut many, time) = pane(store.len() - 100, text);
        let pages = (store.len() / PAGE as usize).max(1) as u32;
        let (a, b) = (scroll(&mut few), scroll(&mut many));
        println!(
            "  room, filter {text:?}: {PAGE} older rows {:.2} ms; one row down with its screen {:.2} us at {} rows, {:.2} us at {}, x{:.2}",
            (time / pages).as_secs_f64() * 1e3,
            a.as_secs_f64() * 1e6,
            few.len(),
            b.as_secs_f64() * 1e6,
            many.len(),
            b.as_secs_f64() / a.as_secs_f64()
        );
        for by in [GroupBy::Verdict, GroupBy::Column(LogColumn::SourceIpAddress)] {
            let start = Instant::now();
            let groups = LogGroups::new(by, many.store(), many.view());
            let whole = start.elapsed();
            println!(
                "    grouped by {}: {:.1} ms, {} groups",
                by.name(),
                whole.as_secs_f64() * 1e3,
                groups.groups().len()
            );
        }
        if text.is_empty() {
            batches(&mut many, &first);
            exports(&many);
        }
    }
}

/// Moves down row by row from the middle and reads each screen.
fn scroll(pane: &mut LogPane) -> Duration {
    let page = SCREEN as usize;
    let middle = (pane.len() / 2).min(pane.len().saturating_sub(1));
    let each: u32 = 500;
    median(9, || {
        pane.move_to(middle, page);
        for n in 0..each {
            // A short list ends before the steps do: up and down, then.
            pane.move_by(if (n / 20) % 2 == 0 { 1 } else { -1 }, page);
            let shown = pane.window(page);
            let read = |(row, on): (nsp::domain::log::RowView<'_>, bool)| {
                row.text(LogColumn::SourceIpAddress).len() + row.verdict().word().len() + usize::from(on)
            };
            black_box(shown.map(read).sum::<usize>());
        }
    }) / each
}

/// Rows that come in while a grouping is open, 1,000 a second in two batches.
fn batches(pane: &mut LogPane, batch: &[AccessLogEntry]) {
    let mut groups = LogGroups::new(GroupBy::Column(LogColumn::SourceIpAddress), pane.store(), pane.view());
    let time = median(21, || {
        pane.extend(batch, TailStatus::default());
        groups.sync(pane.store(), pane.view());
    });
    println!("    {} rows into the full room, grouped: {:.2} ms", batch.len(), time.as_secs_f64() * 1e3);
}

fn exports(pane: &LogPane) {
    let folder = std::env::temp_dir().join(format!("nsp-bench-{}", std::process::id()));
    for format in [ExportFormat::Csv, ExportFormat::JsonLines] {
        let start = Instant::now();
        let store = Arc::new(pane.store().clone());
        let keys = pane.view().keys_from(0).collect();
        let held = start.elapsed();
        let columns = RoomColumn::all().collect();
        let what = Exported::Rows { store, keys, columns };
        let at = jiff::Timestamp::UNIX_EPOCH;
        let (path, lines) = nsp::export::write(&folder, &LogExport { format, at, what }).unwrap();
        println!(
            "    export {}: dashboard held {:.0} ms, {lines} lines in {:.1} s, {:.0} MB",
            format.extension(),
            held.as_secs_f64() * 1e3,
            start.elapsed().as_secs_f64(),
            std::fs::metadata(&path).unwrap().len() as f64 / 1e6
        );
    }
    std::fs::remove_dir_all(&folder).unwrap();
}

fn main() {
    estate("company", 240, 3_000);
    estate("scale 1,000", 20_000, 200_000);
}
