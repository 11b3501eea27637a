//! Translates a Swagger 2.0 schema, with all it refers to, into one closed JSON Schema (draft 7): inheritance by `allOf`
//! is flattened, so that a property no document knows is an error; Azure's own keywords become plain ones.

use std::collections::BTreeSet;

use jsonschema::Validator;
use jsonschema::error::{TypeKind, ValidationErrorKind};
use serde_json::{Map, Value, json};

use super::documents::{Documents, Node};

/// Which way a body travels: a request must not carry what is read-only, nor be asked to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Side {
    Request,
    Answer,
}

/// One thing wrong with a body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// `extra`, `missing`, `read-only`, `null` or `value`.
    pub kind: &'static str,
    /// JSON pointer with `*` for each index.
    pub path: String,
    pub note: String,
}

/// Builds the validator for `node`.
pub fn compile(documents: &Documents, node: Node<'_>, side: Side) -> Result<Validator, String> {
    let mut translator = Translator { documents, side, waiting: Vec::new(), known: BTreeSet::new() };
    let mut root = match translator.place(node) {
        Value::Object(map) => map,
        other => return jsonschema::draft7::new(&other).map_err(|error| error.to_string()),
    };
    let mut definitions = Map::new();
    while let Some((key, node)) = translator.waiting.pop() {
        let translated = translator.definition(node);
        definitions.insert(key, translated);
    }
    if root.contains_key("$ref") {
        root = Map::from_iter([("allOf".to_owned(), json!([root]))]);
    }
    root.insert("definitions".to_owned(), definitions.into());
    jsonschema::draft7::options()
        .should_validate_formats(true)
        .should_ignore_unknown_formats(true)
        .with_format("arm-id", |text: &str| text.starts_with('/'))
        // The service ends its lists with an empty nextLink (API.md 4).
        .with_format("uri", |text: &str| text.is_empty() || url::Url::parse(text).is_ok())
        .build(&root.into())
        .map_err(|error| error.to_string())
}

/// Everything wrong with `body`.
pub fn findings(validator: &Validator, body: &Value) -> Vec<Finding> {
    let mut found = Vec::new();
    for error in validator.iter_errors(body) {
        let path = general(error.instance_path().as_str());
        match error.kind() {
            ValidationErrorKind::AdditionalProperties { unexpected } => {
                for name in unexpected {
                    let path = format!("{path}/{}", if name.parse::<u64>().is_ok() { "*" } else { name });
                    found.push(Finding {
                        kind: "extra",
                        path,
                        note: "no document knows this property".to_owned(),
                    });
                }
            }
            ValidationErrorKind::Required { property } => {
                let path = format!("{path}/{}", property.as_str().unwrap_or_default());
                found.push(Finding { kind: "missing", path, note: "required".to_owned() });
            }
            ValidationErrorKind::Not { .. } => {
                found.push(Finding { kind: "read-only", path, note: "must not be sent".to_owned() });
            }
            ValidationErrorKind::Type { kind: TypeKind::Single(_) | TypeKind::Multiple(_) }
                if error.instance().is_null() =>
            {
                found.push(Finding {
                    kind: "null",
                    path,
                    note: "null where the document wants a value".to_owned(),
                });
            }
            _ => found.push(Finding { kind: "value", path, note: error.to_string() }),
        }
    }
    found
}

fn general(pointer: &str) -> String {
    pointer
        .split('/')
        .map(|part| if part.parse::<u64>().is_ok() { "*" } else { part })
        .collect::<Vec<_>>()
        .join("/")
}

/// Keywords that mean in JSON Schema what they mean in Swagger. `description` and the like carry no duty.
const PLAIN: &[&str] = &[
    "type",
    "pattern",
    "minLength",
    "maxLength",
    "minimum",
    "maximum",
    "multipleOf",
    "minItems",
    "maxItems",
    "uniqueItems",
    "minProperties",
    "maxProperties",
];

struct Translator<'a> {
    documents: &'a Documents,
    side: Side,
    waiting: Vec<(String, Node<'a>)>,
    known: BTreeSet<String>,
}

impl<'a> Translator<'a> {
    /// The schema as it stands in a property, an array or a body: a reference is kept as one, which ends recursion.
    fn place(&mut self, node: Node<'a>) -> Value {
        let Some(reference) = node.value.get("$ref").and_then(Value::as_str) else {
            return self.definition(node);
        };
        let Some(target) = self.documents.target(node.document, reference) else { return json!({}) };
        let name = reference.rsplit('/').next().unwrap_or_default();
        let key = format!("{}:{name}", target.document);
        if self.known.insert(key.clone()) {
            self.waiting.push((key.clone(), target));
        }
        let pointer = json!({ "$ref": format!("#/definitions/{key}") });
        if is_true(node.value, "x-nullable") {
            json!({ "anyOf": [{ "type": "null" }, pointer] })
        } else {
            pointer
        }
    }

    fn definition(&mut self, node: Node<'a>) -> Value {
        if node.value.get("$ref").is_some() {
            return self.place(node);
        }
        let mut flat = self.flatten(node);
        let has_properties =
            flat.get("properties").and_then(Value::as_object).is_some_and(|map| !map.is_empty());
        if has_properties && !flat.contains_key("additionalProperties") {
            flat.entry("type").or_insert_with(|| "object".into());
            flat.insert("additionalProperties".to_owned(), false.into());
        } else if !flat.contains_key("properties") && !flat.contains_key("additionalProperties") {
            // Azure's documents write "any JSON" as an object about which nothing is said.
            flat.retain(|keyword, value| keyword != "type" || *value != "object");
        }
        self.discriminate(node, &mut flat);
        if is_true(node.value, "x-nullable") {
            return json!({ "anyOf": [{ "type": "null" }, flat] });
        }
        flat.into()
    }

    fn flatten(&mut self, node: Node<'a>) -> Map<String, Value> {
        // A parent that is not saved may have had any property.
        let Some(node) = self.documents.resolve(node) else {
            return Map::from_iter([("additionalProperties".to_owned(), true.into())]);
        };
        let mut flat = Map::new();
        for parent in node.value.get("allOf").and_then(Value::as_array).into_iter().flatten() {
            merge(&mut flat, self.flatten(Node { value: parent, ..node }));
        }
        merge(&mut flat, self.own(node));
        flat
    }

    /// The keywords of one schema, without what it inherits.
    fn own(&mut self, node: Node<'a>) -> Map<String, Value> {
        let mut own = Map::new();
        for keyword in PLAIN {
            if let Some(value) = node.value.get(*keyword) {
                own.insert((*keyword).to_owned(), value.clone());
            }
        }
        match node.value.get("format").and_then(Value::as_str) {
            Some("int32") if !own.contains_key("minimum") => {
                own.insert("minimum".to_owned(), i32::MIN.into());
                own.entry("maximum").or_insert_with(|| i32::MAX.into());
            }
            Some(format @ ("date-time" | "uuid" | "arm-id" | "uri")) => {
                own.insert("format".to_owned(), format.into());
            }
            _ => {}
        }
        if let Some(list) = node.value.get("enum")
            && !is_true(node.value.get("x-ms-enum").unwrap_or(&Value::Null), "modelAsString")
        {
            own.insert("enum".to_owned(), list.clone());
        }
        if let Some(items) = node.value.get("items") {
            let items = self.place(Node { value: items, ..node });
            own.insert("items".to_owned(), items);
        }
        match node.value.get("additionalProperties") {
            Some(Value::Bool(open)) => {
                own.insert("additionalProperties".to_owned(), (*open).into());
            }
            Some(schema) => {
                let schema = self.place(Node { value: schema, ..node });
                own.insert("additionalProperties".to_owned(), schema);
            }
            None => {}
        }
        self.properties(node, &mut own);
        own
    }

    fn properties(&mut self, node: Node<'a>, own: &mut Map<String, Value>) {
        let Some(declared) = node.value.get("properties").and_then(Value::as_object) else { return };
        let mut properties = Map::new();
        let mut read_only = BTreeSet::new();
        for (name, value) in declared {
            let property = Node { value, ..node };
            if self.side == Side::Request && self.is_read_only(property) {
                read_only.insert(name.as_str());
                properties.insert(name.clone(), json!({ "not": {} }));
            } else {
                let translated = self.place(property);
                properties.insert(name.clone(), translated);
            }
        }
        own.insert("properties".to_owned(), properties.into());
        let required: Vec<_> = node.value["required"]
            .as_array()
            .into_iter()
            .flatten()
            .filter(|name| name.as_str().is_some_and(|name| !read_only.contains(name)))
            .cloned()
            .collect();
        if !required.is_empty() {
            own.insert("required".to_owned(), required.into());
        }
    }

    fn is_read_only(&self, node: Node<'a>) -> bool {
        let only_read = |value: &Value| {
            is_true(value, "readOnly")
                || value.get("x-ms-mutability").is_some_and(|list| *list == json!(["read"]))
        };
        only_read(node.value) || self.documents.resolve(node).is_some_and(|target| only_read(target.value))
    }

    /// A base type with a `discriminator`: a body that names a known child is judged as that child, any other as an open base.
    fn discriminate(&mut self, node: Node<'a>, flat: &mut Map<String, Value>) {
        let Some(property) = node.value.get("discriminator").and_then(Value::as_str) else { return };
        let documents = self.documents;
        let Some(all) = documents.all[node.document].value["definitions"].as_object() else { return };
        let mut branches = Vec::new();
        for (name, child) in all {
            let parents = child.get("allOf").and_then(Value::as_array).into_iter().flatten();
            let is_child = parents
                .filter_map(|parent| documents.resolve(Node { value: parent, ..node }))
                .any(|parent| std::ptr::eq(parent.value, node.value));
            if is_child {
                let value =
                    child.get("x-ms-discriminator-value").cloned().unwrap_or_else(|| name.as_str().into());
                let judged = self.definition(Node { value: child, ..node });
                branches.push(json!({
                    "if": { "properties": { property: { "const": value } }, "required": [property] },
                    "then": judged
                }));
            }
        }
        if !branches.is_empty() {
            flat.insert("additionalProperties".to_owned(), true.into());
            flat.insert("allOf".to_owned(), branches.into());
        }
    }
}

fn is_true(value: &Value, key: &str) -> bool {
    value.get(key).and_then(Value::as_bool) == Some(true)
}

fn merge(into: &mut Map<String, Value>, from: Map<String, Value>) {
    for (key, value) in from {
        match (into.get_mut(&key), value) {
            (Some(Value::Object(have)), Value::Object(more)) if key == "properties" => have.extend(more),
            (Some(Value::Array(have)), Value::Array(more)) if key == "required" => have.extend(more),
            (_, value) => {
                into.insert(key, value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    fn judge(schema: &str, side: Side, body: &Value) -> Vec<String> {
        let mut documents = Documents::empty();
        documents.add(
            PathBuf::from("/a.json"),
            json!({ "swagger": "2.0", "info": { "version": "1" }, "definitions": {
                "Base": { "properties": { "id": { "type": "string", "readOnly": true }, "kind": { "type": "string" } },
                          "required": ["kind"], "discriminator": "kind" },
                "Cat": { "x-ms-discriminator-value": "cat", "allOf": [{ "$ref": "#/definitions/Base" }],
                         "properties": { "lives": { "type": "integer", "format": "int32" } } },
                "Tree": { "required": ["at"], "properties": {
                    "at": { "type": "string", "format": "date-time" },
                    "mode": { "type": "string", "enum": ["A"], "x-ms-enum": { "modelAsString": true } },
                    "fixed": { "type": "string", "enum": ["A"] },
                    "none": { "type": "string", "x-nullable": true },
                    "leaves": { "type": "array", "items": { "$ref": "#/definitions/Tree" } },
                    "tags": { "type": "object", "additionalProperties": { "type": "string" } },
                    "any": { "type": "object" } } } } }),
        );
        let value = &documents.all[0].value["definitions"][schema];
        let validator = compile(&documents, Node { document: 0, value }, side).unwrap();
        findings(&validator, body)
            .into_iter()
            .map(|finding| format!("{} {}", finding.kind, finding.path))
            .collect()
    }

    #[test]
    fn unknown_missing_and_mistyped_properties_are_told_apart() {
        let good = json!({ "at": "2025-10-08T05:44:56.3837158Z", "mode": "B", "none": null, "any": { "x": 1 }, "tags": { "a": "b" } });
        assert_eq!(judge("Tree", Side::Answer, &good), Vec::<String>::new());
        let bad = json!({ "leaves": [{ "at": "noon", "extra": 1, "fixed": "B", "mode": null }], "tags": { "a": 1 } });
        let mut told = judge("Tree", Side::Answer, &bad);
        told.sort();
        assert_eq!(
            told,
            [
                "extra /leaves/*/extra",
                "missing /at",
                "null /leaves/*/mode",
                "value /leaves/*/at",
                "value /leaves/*/fixed",
                "value /tags/a"
            ]
        );
    }

    #[test]
    fn a_discriminator_chooses_the_child_and_read_only_binds_requests_alone() {
        let body = json!({ "kind": "cat", "id": "/x", "lives": 9, "tail": true });
        assert_eq!(judge("Base", Side::Answer, &body), ["extra /tail"]);
        let mut told = judge("Cat", Side::Request, &body);
        told.sort();
        assert_eq!(told, ["extra /tail", "read-only /id"]);
        assert_eq!(
            judge("Cat", Side::Answer, &json!({ "kind": "cat", "lives": 3_000_000_000_u32 })),
            ["value /lives"]
        );
    }
}
