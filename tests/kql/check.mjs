// Checks query texts by Microsoft's own language service: `node check.mjs FOLDER` reads every .kql file
// of FOLDER and fails on any diagnostic, whatever its severity.
//
// Before that it proves on texts with known mistakes that it can fail at all.

import { readFileSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

// The service is a script for browsers: it hangs itself on the global object.
const require = createRequire(import.meta.url);
require("@kusto/language-service-next/bridge.js");
require("@kusto/language-service-next/Kusto.Language.Bridge.js");
const { KustoCode, GlobalState, Symbols } = globalThis.Kusto.Language;

// The 40 columns of the access log, as Microsoft's table reference lists them.
const NSP_ACCESS_LOGS = `
  TenantId: string, TimeGenerated: datetime, TimeGeneratedEndTime: datetime, Count: int,
  Category: string, OperationName: string, OperationVersion: string, ResultAction: string,
  ResultDirection: string, ResultDescription: string, TrafficType: string, RuleType: string,
  MatchedRule: string, Profile: string, AccessRuleVersion: string, Location: string,
  ServiceResourceId: string, ServiceFqdn: string, AppId: string, Parameters: string,
  SourceIpAddress: string, SourcePort: string, SourceProtocol: string, SourceResourceId: string,
  SourceAppId: string, SourceParameters: string, SourcePerimeterGuids: string,
  DestinationFqdn: string, DestinationResourceId: string, DestinationPort: string,
  DestinationProtocol: string, DestinationParameters: string, DestinationEmailAddress: string,
  DestinationPhoneNumber: string, SourceSystem: string, Type: string, _ResourceId: string,
  _SubscriptionId: string, _BilledSize: real, _IsBillable: string`;

// Table `resources` of Resource Graph.
const RESOURCES = `
  id: string, name: string, type: string, tenantId: string, kind: string, location: string,
  resourceGroup: string, subscriptionId: string, managedBy: string, sku: dynamic, plan: dynamic,
  properties: dynamic, tags: dynamic, identity: dynamic, zones: dynamic, extendedLocation: dynamic`;

// Texts that must be refused, and what must be said of each.
const MISTAKES = [
  ["NSPAccessLogs | where SourceAddress == '203.0.113.7'", "SourceAddress"],
  ["NSPAccessLogs | extend x = TimeGenerated + Profile", ""],
  ["NSPAccessLogs | summarise count()", "operator"],
  ["NSPAccessLogs | extend x = no_such_function(Profile)", "no_such_function"],
  ["network_security_perimeterAccessLogs | take 1", "network_security_perimeterAccessLogs"],
  ["NSPAccessLogs | where Profile == 'it's'", ""],
  ["NSPAccessLogs | take 10 |", ""],
];

// Names are quoted, since some are keywords too.
const columns = (list) => list.split(",").map((column) => column.trim().replace(/^\w+/, "['$&']"));

function database() {
  const table = (name, list) => {
    const made = new Symbols.TableSymbol.$ctor7(name, `(${columns(list).join(", ")})`, null);
    if (made.Columns.Count !== columns(list).length) throw new Error(`${name} was not understood`);
    return made;
  };
  const tables = [table("NSPAccessLogs", NSP_ACCESS_LOGS), table("resources", RESOURCES)];
  return new Symbols.DatabaseSymbol.ctor("workspace", tables);
}

const globals = GlobalState.Default.WithDatabase(database());

// What the service says of a text: lines with their place and words.
function diagnostics(text) {
  const said = KustoCode.ParseAndAnalyze(text, globals).GetDiagnostics();
  return Array.from({ length: said.Count }, (_, at) => {
    const { Severity, Code, Message, Start } = said.getItem(at);
    const line = text.slice(0, Start).split("\n").length;
    return `${line}: ${Severity} ${Code}: ${Message}`;
  });
}

function selfTest() {
  if (columns(NSP_ACCESS_LOGS).length !== 40) throw new Error("the access log has 40 columns");
  const fine = diagnostics("NSPAccessLogs | where Count > 1 | summarize sum(Count) by Profile");
  if (fine.length > 0) throw new Error(`a sound text is refused: ${fine}`);
  for (const [text, word] of MISTAKES) {
    const said = diagnostics(text);
    if (said.length === 0 || !said.join("\n").includes(word)) {
      throw new Error(`a mistake is not seen: ${text}\n${said}`);
    }
  }
}

selfTest();
const folder = process.argv[2];
const files = readdirSync(folder).filter((name) => name.endsWith(".kql")).sort();
if (files.length === 0) throw new Error(`no .kql file in ${folder}`);
const found = files.flatMap((name) => {
  const text = readFileSync(join(folder, name), "utf8");
  return diagnostics(text).map((said) => `${name}:${said}`);
});
for (const line of found) console.error(line);
console.log(`${files.length} query texts, ${MISTAKES.length} known mistakes: ${found.length} diagnostics`);
process.exitCode = found.length > 0 ? 1 : 0;
