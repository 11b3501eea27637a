//! Loads the published OpenAPI (Swagger 2.0) documents and follows references between them. It does not judge traffic.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};

use serde_json::Value;

use super::truth::files;

/// A value inside a document: references in it are relative to that document.
#[derive(Debug, Clone, Copy)]
pub struct Node<'a> {
    pub document: usize,
    pub value: &'a Value,
}

/// One OpenAPI document.
#[derive(Debug)]
pub struct Document {
    pub path: PathBuf,
    /// `info.version`: the api-version it describes.
    pub version: String,
    pub value: Value,
}

/// All documents of a spec folder.
#[derive(Debug)]
pub struct Documents {
    pub all: Vec<Document>,
    by_path: BTreeMap<PathBuf, usize>,
}

/// `common.json` of Microsoft.Network 2025-09-01 and Sql's `common/v1/types.json` are not saved; what they would give is,
/// elsewhere. Each row: a definition or parameter that they have, and where its like stands (the end of a path, and the name there).
const STAND_INS: &[(&str, &str, &str)] = &[
    ("Common.CloudError", "Microsoft.Network/stable/2024-10-01/network.json", "CloudError"),
    ("Common.SubResource", "Microsoft.Network/stable/2024-10-01/network.json", "SubResource"),
    ("ApiVersionParameter", "resource-management/v5/types.json", "ApiVersionParameter"),
    ("ProxyResource", "resource-management/v5/types.json", "ProxyResource"),
    ("SecurityPerimeterProxyResource", "resource-management/v6/types.json", "ProxyResource"),
    ("SecurityPerimeterTrackedResource", "resource-management/v6/types.json", "TrackedResource"),
    (
        "NspProvisioningState",
        "Microsoft.Network/stable/2024-10-01/networkSecurityPerimeter.json",
        "NSPProvisioningState",
    ),
    (
        "NspLinkProvisioningState",
        "Microsoft.Network/stable/2024-10-01/networkSecurityPerimeter.json",
        "NSPLinkProvisioningState",
    ),
];

impl Documents {
    /// A set without documents, to be filled by `add`.
    pub fn empty() -> Self {
        Self { all: Vec::new(), by_path: BTreeMap::new() }
    }

    /// Loads every document below `root`; example files are left out.
    pub fn load(root: &Path) -> Result<Self, String> {
        let mut loaded = Self::empty();
        for path in files(root, |name| name.to_lowercase().ends_with(".json")) {
            if path.components().any(|part| part.as_os_str() == "examples") {
                continue;
            }
            let text =
                std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
            let value =
                serde_json::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))?;
            loaded.add(path, value);
        }
        if loaded.all.is_empty() {
            return Err(format!("no OpenAPI document below {}", root.display()));
        }
        Ok(loaded)
    }

    /// Adds a document that is not a file of the spec folder.
    pub fn add(&mut self, path: PathBuf, value: Value) {
        if value.get("swagger").and_then(Value::as_str) != Some("2.0") {
            return;
        }
        let version = value["info"]["version"].as_str().unwrap_or_default().to_owned();
        self.by_path.insert(path.clone(), self.all.len());
        self.all.push(Document { path, version, value });
    }

    /// Follows `$ref` until something else stands there; `None` if the target is not among the documents.
    pub fn resolve<'a>(&'a self, mut node: Node<'a>) -> Option<Node<'a>> {
        let mut seen = BTreeSet::new();
        while let Some(reference) = node.value.get("$ref").and_then(Value::as_str) {
            if !seen.insert((node.document, reference)) {
                return None;
            }
            node = self.target(node.document, reference)?;
        }
        Some(node)
    }

    /// What `reference`, written in `document`, points at.
    pub fn target(&self, document: usize, reference: &str) -> Option<Node<'_>> {
        let (file, pointer) = reference.split_once('#').unwrap_or((reference, ""));
        if file.is_empty() {
            let value = self.all[document].value.pointer(pointer)?;
            return Some(Node { document, value });
        }
        let path = normal(&self.all[document].path.parent()?.join(file));
        if let Some(&index) = self.by_path.get(&path) {
            return self.all[index].value.pointer(pointer).map(|value| Node { document: index, value });
        }
        let name = pointer.rsplit('/').next()?;
        let (_, place, other) = STAND_INS.iter().find(|(missing, _, _)| *missing == name)?;
        let index = self.all.iter().position(|document| document.path.ends_with(place))?;
        let whole = &self.all[index].value;
        let value = whole["definitions"].get(other).or_else(|| whole["parameters"].get(other))?;
        Some(Node { document: index, value })
    }

    /// References that lead nowhere, as `file -> reference`: what they describe goes unchecked.
    pub fn dangling(&self) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        for (index, document) in self.all.iter().enumerate() {
            let mut waiting = vec![&document.value];
            while let Some(value) = waiting.pop() {
                if let Some(reference) = value.get("$ref").and_then(Value::as_str)
                    && !reference.contains("examples/")
                    && self.target(index, reference).is_none()
                {
                    let file = document.path.file_name().unwrap_or_default().to_string_lossy();
                    found.insert(format!("{} {file} -> {reference}", document.version));
                }
                match value {
                    Value::Object(map) => waiting.extend(map.values()),
                    Value::Array(list) => waiting.extend(list),
                    _ => {}
                }
            }
        }
        found
    }
}

/// `path` without `.` and `..`, which the file system need not be asked about.
pub fn normal(path: &Path) -> PathBuf {
    let mut clean = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                clean.pop();
            }
            other => clean.push(other),
        }
    }
    clean
}
