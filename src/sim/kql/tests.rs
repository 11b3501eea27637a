//! Queries over a small table: one line per rule of the language.

use std::rc::Rc;
use std::sync::Arc;

use super::*;

/// Six rows; row n was ingested a minute after row n-1, from 2026-01-01T00:01.
struct Small {
    columns: Vec<(&'static str, Type, Vec<Value>)>,
}

const START: &str = "2026-01-01T00:00:00Z";

impl Small {
    fn new() -> Self {
        let start = time::parse_instant(START).unwrap();
        let text = |words: [&str; 6]| words.iter().map(Value::str).collect();
        Self {
            columns: vec![
                (
                    "TimeGenerated",
                    Type::DateTime,
                    (0..6).map(|n| Value::DateTime(start + n * 30 * SECOND)).collect(),
                ),
                ("Category", Type::Str, text(["In", "in", "Out", "Out", "", "In"])),
                (
                    "Count",
                    Type::Int,
                    [Some(1), None, Some(3), Some(4), Some(5), Some(6)]
                        .map(|n| n.map_or(Value::Null, Value::Long))
                        .to_vec(),
                ),
                ("Ip", Type::Str, text(["10.0.0.1", "10.0.1.1", "2001:db8::1", "1.1.1.1", "", "10.0.0.1"])),
                ("Bag", Type::Str, text(["{\"a\":[1,2]}", "{}", "", "x", "{\"a\":{\"b\":\"c\"}}", "[7]"])),
            ],
        }
    }
}

impl Table for Small {
    fn schema(&self) -> Schema {
        self.columns.iter().map(|(n, ty, _)| (Arc::from(*n), *ty)).collect()
    }
    fn len(&self) -> usize {
        6
    }
    fn read<'a>(&'a self, column: usize, rows: &Rows) -> Column<'a> {
        let (_, ty, values) = &self.columns[column];
        if *ty == Type::Str {
            return Column::Dictionary(Rc::new(rows.collect(|r| r as u32)), Words::Stored(values));
        }
        Column::from_values(rows.collect(|r| values[r].clone()), *ty)
    }
    fn ingested(&self, rows: &Rows) -> Vec<i64> {
        rows.collect(|r| time::parse_instant(START).unwrap() + (value::long(r) + 1) * 60 * SECOND)
    }
    fn first_at(&self, instant: i64) -> usize {
        self.ingested(&Rows::Range(0..6)).partition_point(|t| *t < instant)
    }
}

fn run_all(query: &str, interval: Option<(i64, i64)>) -> Result<(String, String), Refusal> {
    let table = Small::new();
    let now = time::parse_instant("2026-01-02T00:00:00Z").unwrap();
    let engine = Engine::new(vec![("T", &table)], now, interval);
    let (name, frame) = engine.run(query)?;
    let answer = write(name, &frame, Caps::default());
    let json: serde_json::Value = serde_json::from_str(&format!("{{{}}}", answer.tables)).unwrap();
    let table = &json["tables"][0];
    let columns: Vec<String> = table["columns"]
        .as_array()
        .unwrap()
        .iter()
        .map(|c| format!("{}:{}", c["name"].as_str().unwrap(), c["type"].as_str().unwrap()))
        .collect();
    Ok((columns.join(" "), table["rows"].to_string()))
}

fn rows(query: &str) -> String {
    run_all(query, None).unwrap_or_else(|e| panic!("{query}: {e:?}")).1
}

fn columns(query: &str) -> String {
    run_all(query, None).unwrap_or_else(|e| panic!("{query}: {e:?}")).0
}

/// The value of one scalar expression.
fn scalar(text: &str) -> String {
    let rows = rows(&format!("print x = {text}"));
    rows.strip_prefix("[[").and_then(|r| r.strip_suffix("]]")).unwrap().to_owned()
}

#[test]
fn scalars() {
    let cases = [
        ("1 + 2 * 3 - 4 / 3", "6"),
        ("7 / 2", "3"),
        ("7.0 / 2", "3.5"),
        ("7 % 4", "3"),
        ("-(3)", "-3"),
        ("1 == 1.0 and 'a' != 'A' and 'a' =~ 'A' and 'a' !~ 'b'", "true"),
        ("long(null) == 1", "false"),
        ("long(null) != 1", "true"),
        ("long(null) == long(null)", "null"),
        ("long(null) > 1", "null"),
        ("bool(null) and false", "false"),
        ("bool(null) or true", "true"),
        ("not(bool(null))", "null"),
        ("'Hello big world' has 'BIG'", "true"),
        ("'Hello big world' has 'wor'", "false"),
        ("'Hello' contains 'ELL' and 'Hello' !contains_cs 'ELL'", "true"),
        ("'Hello' startswith 'he' and 'Hello' endswith 'LO' and 'Hello' !startswith 'lo'", "true"),
        ("'Hello' has_any ('x', 'hello')", "true"),
        ("'a' in ('b', 'a')", "true"),
        ("'A' in ('b', 'a')", "false"),
        ("'A' in~ ('b', 'a') and 'c' !in ('a') and 'C' !in~ ('d')", "true"),
        ("'A' in (dynamic(['A']))", "true"),
        ("2 between (1 .. 3) and 5 !between (1 .. 3)", "true"),
        ("datetime(2026-01-02) between (datetime(2026-01-01) .. 1d)", "true"),
        ("'abc123' matches regex '[a-z]+[0-9]+'", "true"),
        ("extract(@'(?i)/SUB/([0-9]+)', 1, '/sub/42/x')", "\"42\""),
        ("now() - ago(1d)", "\"1.00:00:00\""),
        ("bin(datetime(2026-01-01T13:14:15), 1h)", "\"2026-01-01T13:00:00Z\""),
        ("bin(17, 5)", "15"),
        ("datetime(2026-01-01) + 90m", "\"2026-01-01T01:30:00Z\""),
        ("1h / 1m", "60.0"),
        ("2 * 1h", "\"02:00:00\""),
        ("iff(1 > 2, 'a', 'b')", "\"b\""),
        ("case(1 > 2, 'a', 2 > 1, 'b', 'c')", "\"b\""),
        ("coalesce(int(null), 5)", "5"),
        ("coalesce('', 'x')", "\"x\""),
        ("isempty('') and isnotempty('a') and isnull(long(null)) and isnotnull(1)", "true"),
        ("strcat('a', 1, true)", "\"a1true\""),
        ("substring('hello', 1, 3)", "\"ell\""),
        ("strlen('häß')", "3"),
        ("split('a,b', ',')[1]", "\"b\""),
        ("tolower('AB')", "\"ab\""),
        ("tolong('12') + toint('3')", "15"),
        ("tolong('x')", "null"),
        ("todatetime('2026-01-01')", "\"2026-01-01T00:00:00Z\""),
        ("tostring(datetime(2026-01-01))", "\"2026-01-01T00:00:00.0000000Z\""),
        ("parse_json('{\"a\":{\"b\":[1,2]}}').a.b[1]", "\"2\""),
        ("parse_json('{\"a\":1}').a == 1", "true"),
        ("isnull(parse_json('{\"a\":1}').b)", "true"),
        ("ipv4_is_in_range('10.1.2.3', '10.0.0.0/8')", "true"),
        ("ipv4_is_in_range('nonsense', '10.0.0.0/8')", "null"),
        ("ipv6_is_in_range('2001:db8::1', '2001:db8::/32')", "true"),
        ("format_datetime(datetime(2026-01-02T03:04:05), 'yyyy-MM-dd HH:mm')", "\"2026-01-02 03:04\""),
        ("dynamic(['a', 1])", "\"[\\\"a\\\",1]\""),
        ("guid(74be27de-1e4e-49d9-b579-fe0b331d3642)", "\"74be27de-1e4e-49d9-b579-fe0b331d3642\""),
    ];
    for (text, expected) in cases {
        assert_eq!(scalar(text), expected, "{text}");
    }
}

#[test]
fn rows_and_columns() {
    let cases = [
        ("T | where Count > 3 | project Count", "[[4],[5],[6]]"),
        ("T | where Category == 'In' | count", "[[2]]"),
        (
            "T | where Category =~ 'in' and Ip startswith '10.' | project Ip, n = Count * 2",
            "[[\"10.0.0.1\",2],[\"10.0.1.1\",null],[\"10.0.0.1\",12]]",
        ),
        ("T | extend Count = coalesce(Count, 1) | project Count | take 2", "[[1],[1]]"),
        ("T | project-away T*, Bag, Ip | take 1", "[[\"In\",1]]"),
        ("T | project-rename N = Count | project N | limit 1", "[[1]]"),
        ("T | distinct Category | count", "[[4]]"),
        ("T | top 2 by Count | project Count", "[[6],[5]]"),
        ("T | sort by Count | project Count", "[[6],[5],[4],[3],[1],[null]]"),
        ("T | order by Count asc | project Count", "[[null],[1],[3],[4],[5],[6]]"),
        ("T | order by Count asc nulls last | project Count | take 1", "[[1]]"),
        (
            "T | order by Category asc, Count desc | project Category, Count",
            "[[\"\",5],[\"In\",6],[\"In\",1],[\"Out\",4],[\"Out\",3],[\"in\",null]]",
        ),
        ("let lim = 4; let X = T | where Count > lim; X | count", "[[2]]"),
        ("let X = T; union X, (T | take 1) | count", "[[7]]"),
        (
            "T | union (print Category = 'z') | where Category == 'z' | project Category, Count",
            "[[\"z\",null]]",
        ),
        (
            "T | where isnotempty(Ip) | mv-expand p = split(Ip, '.') to typeof(string) | summarize count() by Ip | top 1 by count_ | project Ip, count_",
            "[[\"10.0.0.1\",8]]",
        ),
        ("T | extend d = parse_json(Bag) | where d.a.b == 'c' | project Count", "[[5]]"),
        (
            "T | join kind=inner (T | where Count > 4 | project Category, Right = Count) on Category | project Count, Right",
            "[[1,6],[5,5],[6,6]]",
        ),
        (
            "T | join kind=leftanti (T | where Count > 4) on Category | project Category",
            "[[\"in\"],[\"Out\"],[\"Out\"]]",
        ),
        (
            "T | join kind=leftouter (T | where Count == 6 | project Key = Category, n = Count) on $left.Category == $right.Key | project Count, n | take 2",
            "[[1,6],[null,null]]",
        ),
        ("T | join (T | summarize n = count() by Category) on Category | count", "[[4]]"),
        ("T | where ingestion_time() > datetime(2026-01-01T00:04:30) | project Count", "[[5],[6]]"),
        (
            "T | extend i = ingestion_time() | where i <= datetime(2026-01-01T00:02:00) and i > ago(30d) | project i",
            "[[\"2026-01-01T00:01:00Z\"],[\"2026-01-01T00:02:00Z\"]]",
        ),
        ("T | where 1 == 2 | count", "[[0]]"),
        ("T | where TimeGenerated > datetime(2026-01-01T00:01:59) | project Count", "[[5],[6]]"),
    ];
    for (query, expected) in cases {
        assert_eq!(rows(query), expected, "{query}");
    }
}

#[test]
fn aggregates() {
    let cases = [
        ("T | summarize count(), sum(Count), min(Count), max(Count), avg(Count)", "[[6,19,1,6,3.8]]"),
        (
            "T | summarize n = count(), s = sum(coalesce(Count, 1)) by Category",
            "[[\"In\",2,7],[\"in\",1,1],[\"Out\",2,7],[\"\",1,5]]",
        ),
        (
            "T | summarize count() by c = tolower(Category) | order by c asc",
            "[[\"\",1],[\"in\",3],[\"out\",2]]",
        ),
        ("T | summarize countif(Count > 3), sumif(Count, Category == 'Out')", "[[3,7]]"),
        ("T | summarize dcount(Category), dcount(Count), dcount(bin(TimeGenerated, 1m))", "[[4,5,3]]"),
        (
            "T | summarize make_set(Category), make_list(Count, 2)",
            "[[\"[\\\"In\\\",\\\"in\\\",\\\"Out\\\",\\\"\\\"]\",\"[1,3]\"]]",
        ),
        (
            "T | summarize arg_max(Count, Ip), arg_min(TimeGenerated, Count) by Category | where Category == 'Out'",
            "[[\"Out\",4,\"1.1.1.1\",\"2026-01-01T00:01:00Z\",3]]",
        ),
        (
            "T | summarize arg_max(TimeGenerated, *) by Category | where Category == 'In' | project Count, Ip",
            "[[6,\"10.0.0.1\"]]",
        ),
        ("T | summarize take_any(Ip), any(Category)", "[[\"10.0.0.1\",\"In\"]]"),
        ("T | summarize x = sum(Count) * 10 / count()", "[[31]]"),
        ("T | summarize max(ingestion_time() - TimeGenerated)", "[[\"00:03:30\"]]"),
        (
            "T | where Count > 99 | summarize count(), sum(Count), max(Count), make_list(Ip)",
            "[[0,0,null,\"[]\"]]",
        ),
        ("T | where Count > 99 | summarize count() by Ip", "[]"),
        ("T | summarize count() by bin(TimeGenerated, 1m) | project count_", "[[2],[2],[2]]"),
        ("T | summarize by Category | count", "[[4]]"),
    ];
    for (query, expected) in cases {
        assert_eq!(rows(query), expected, "{query}");
    }
}

#[test]
fn result_columns_are_the_language_services_own() {
    let cases = [
        (
            "T | project tostring(Bag), tolower(Category), bin(TimeGenerated, 1d), Count + 1",
            "Bag:string Column1:string TimeGenerated:datetime Column2:long",
        ),
        (
            "T | summarize count(), countif(Count > 1), sum(Count), sum(Count + 1), min(Count), dcount(Category), make_set(Ip), take_any(Ip), any(Bag), max(tolong(Bag)), sum(Count) * 2, toint(count()) by bin(TimeGenerated, 1h), tolower(Category)",
            "TimeGenerated:datetime Column1:string count_:long countif_:long sum_Count:long sum_:long min_Count:int dcount_Category:long set_Ip:dynamic Ip:string any_Bag:string max_Bag:long Column2:long count_1:int",
        ),
        (
            "T | summarize x = arg_max(TimeGenerated, Category), arg_max(Count, *) by Ip | getschema | project ColumnName | take 3",
            "ColumnName:string",
        ),
        ("print 1, a = 2, 'x'", "print_0:long a:long print_2:string"),
        ("T | count", "Count:long"),
        (
            "T | project Category | join kind=inner (T | project Category, Count) on Category",
            "Category:string Category1:string Count:int",
        ),
        (
            "T | union (print Count = 'x') | project Count_int, Count_string",
            "Count_int:int Count_string:string",
        ),
        ("T | summarize count() by tostring(parse_json(Bag).a)", "Bag_a:string count_:long"),
        (
            "T | project bin(Count, 10), abs(Count), f = 1.0 * Count, s = 1h / 1m",
            "Count:long Column1:long f:real s:real",
        ),
    ];
    for (query, expected) in cases {
        assert_eq!(columns(query), expected, "{query}");
    }
    assert_eq!(
        rows("T | project TimeGenerated, Count | getschema"),
        "[[\"TimeGenerated\",0,\"System.DateTime\",\"datetime\"],[\"Count\",1,\"System.Int32\",\"int\"]]"
    );
}

#[test]
fn refusals() {
    let cases = [
        (
            "Heartbeat | take 1",
            "SEM0100",
            "'take' operator: Failed to resolve table or column expression named 'Heartbeat'",
        ),
        ("Heartbeat", "SEM0100", "Failed to resolve table or column expression named 'Heartbeat'"),
        (
            "T | where Nope == 1",
            "SEM0100",
            "'where' operator: Failed to resolve column or scalar expression named 'Nope'",
        ),
        (
            "T | extend a = Nope",
            "SEM0100",
            "'extend' operator: Failed to resolve scalar expression named 'Nope'",
        ),
        ("T | where nope(Count)", "SEM0260", "Unknown function: 'nope'."),
        (
            "T | where Count == 'x'",
            "SEM0064",
            "Cannot compare values of types int and string. Try adding explicit casts",
        ),
        (
            "T | where TimeGenerated > '2026-01-01'",
            "SEM0064",
            "Cannot compare values of types datetime and string. Try adding explicit casts",
        ),
        (
            "T | project Count, Count",
            "SEM0009",
            "'project' operator: A column with the name 'Count' is already declared",
        ),
    ];
    for (query, code, message) in cases {
        assert_eq!(run_all(query, None).unwrap_err(), Refusal::semantic(code, message), "{query}");
    }
    for query in [
        "T | where strlen()",
        "T | where extract(Bag, 1, Ip) == ''",
        "T | where Ip matches regex '('",
        "T | summarize by parse_json(Bag)",
        "T | extend a = sum(Count)",
        "T | summarize a = Count + 1",
        "T | where Bag.a == 1",
        "T | take -1",
        "T | mv-expand Ip",
        "T | join kind=inner (T) on Nope",
        "T | where Count + 'x' == 1",
        "T | where Count",
        "T | project-away Nope",
    ] {
        assert!(matches!(run_all(query, None), Err(Refusal::Semantic { .. })), "{query}");
    }
}

#[test]
fn error_body_is_the_services() {
    let body = run_all("T | wher Count", None).unwrap_err().body("id");
    assert_eq!(
        body,
        serde_json::json!({ "error": {
            "message": "The request had some invalid properties",
            "code": "BadArgumentError",
            "correlationId": "id",
            "innererror": {
                "code": "SyntaxError",
                "message": "A recognition error occurred in the query.",
                "innererror": {
                    "code": "SYN0002",
                    "message": "Query could not be parsed at 'wher' on line [1,4]",
                    "line": 1, "pos": 4, "token": "wher"
                }
            }
        }})
    );
}

#[test]
fn the_requests_timespan_bounds_time_generated() {
    let start = time::parse_instant(START).unwrap();
    let interval = Some((start + 30 * SECOND, start + 60 * SECOND));
    assert_eq!(run_all("T | count", interval).unwrap().1, "[[2]]");
    assert_eq!(run_all("let X = T; X | count", interval).unwrap().1, "[[2]]");
}

#[test]
fn results_are_cut_at_the_caps() {
    let table = Small::new();
    let engine = Engine::new(vec![("T", &table)], 0, None);
    let (name, frame) = engine.run("T").unwrap();
    let cut = write(name, &frame, Caps { rows: 4, bytes: 1 << 20 });
    assert_eq!((cut.rows, cut.cut.as_deref()), (4, Some("4 records")));
    let cut = write(name, &frame, Caps { rows: 100, bytes: 400 });
    assert!(cut.rows < 6 && cut.cut.as_deref() == Some("400 bytes"));
    assert_eq!(write(name, &frame, Caps { rows: 6, bytes: 1 << 20 }).cut, None);
}

proptest::proptest! {
    #[test]
    fn any_text_is_answered_or_refused(words in proptest::collection::vec(proptest::sample::select(vec![
        "T", "|", "where", "extend", "summarize", "count()", "by", "Count", "Category", "==", "(", ")", ",", "'a'", "1",
        "1d", "bin", "join", "on", "kind=inner", "ago", "-", "*", "in", "has", "sort", "top", "make_set", "mv-expand",
        "let", "=", ";", "[", "]", ".", "parse_json", "Bag", "max", "ingestion_time()", "take", "distinct", "é", "and",
        "9223372036854775807", "between", "..", "/", "0", "substring", "arg_max", "datetime(2026-01-01)", "null",
    ]), 0..14)) {
        let _ = run_all(&format!("T | {}", words.join(" ")), None);
        let _ = run_all(&words.join(" "), None);
    }
}
