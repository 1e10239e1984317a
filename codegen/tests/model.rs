//! What the resolver makes of small documents, and what stops it.
#![allow(clippy::unwrap_used)]

use druva_api::{Answer, Cursor, ListStyle, Place, Product, Retry, Route, Type};
use druva_codegen::model::{Document, Published, Source, StandsFor, resolve};

const OPENAPI: &str = r##"
openapi: "3.1.0"
info: {title: insync, version: "1"}
servers:
- url: https://apis.example/insync
paths:
  /things:
    get:
      parameters:
      - {name: pageToken, in: query, schema: {type: string}}
      - {name: kinds, in: query, explode: false, schema: {type: array, items: {type: string, enum: [a, b]}}}
      - {name: tags, in: query, schema: {type: array, items: {type: string}}}
      - {name: "size (deprecated)", in: query, schema: {type: integer, enum: ["1", "2"]}}
      responses:
        "200": {description: "", content: {application/json: {schema: {$ref: "#/components/schemas/ThingList"}}}}
        "404": {description: ""}
        "500": {description: ""}
  /things/{thingID}:
    put:
      parameters:
      - {name: thingID, in: path, required: true, schema: {type: integer}}
      requestBody:
        content:
          application/json:
            schema:
              type: object
              required: [name]
              properties:
                owner: {type: object, properties: {mail: {type: string}}}
                name: {type: string}
      responses:
        "200": {description: "", content: {application/json: {schema: {}}}}
components:
  schemas:
    ThingList:
      type: object
      properties:
        nextPageToken: {type: [string, "null"]}
        things: {allOf: [{type: array, items: {$ref: "#/components/schemas/ThingV2"}}]}
    ThingV2:
      type: object
      properties:
        thingID: {type: integer, format: int64}
        isOpen: {type: boolean, enum: ["true", "false"]}
        since: {type: string, format: date-time}
        free: {type: object}
        parts: {type: array, items: {type: object, properties: {size: {type: number}}}}
"##;

const OVERLAY: &str = r#"title: Things
summary: Things.
clouds: [public]
glossary:
  thingID: Id of the thing.
operations:
  GET /things:
    id: insync.things.list
    summary: Lists things.
    pages: {items: things, cursor: {token: {param: pageToken, field: nextPageToken}}}
  PUT /things/{thingID}:
    id: insync.things.replace
    summary: Replaces a thing.
types:
  ThingV2: {name: Thing, doc: A thing.}
"#;

fn source(overlay: &str, documents: &[(&str, &str)]) -> Source {
    let document = |(name, text): &(&str, &str)| Document {
        name: format!("{name}-cloud"),
        file: (*name).to_owned(),
        text: (*text).to_owned(),
    };
    let documents = documents.iter().map(document).collect();
    Source { product: "insync".to_owned(), overlay: overlay.to_owned(), documents }
}

fn product(openapi: &str, overlay: &str) -> Result<Product, String> {
    resolve(&[source(overlay, &[("insync", openapi)])])
        .map(|(mut products, _)| products.remove(0))
        .map_err(|error| error.to_string())
}

/// Resolves with a change to the overlay and gives the only complaint.
fn complaint(from: &str, to: &str) -> String {
    assert!(OVERLAY.contains(from), "{from}");
    product(OPENAPI, &OVERLAY.replacen(from, to, 1)).expect_err("must be refused")
}

#[test]
fn resolves() {
    let product = product(OPENAPI, OVERLAY).unwrap();
    let [list, replace] = product.operations.as_slice() else { panic!("{product:?}") };
    assert_eq!(
        (list.id.as_str(), list.path.as_str(), list.retry),
        ("insync.things.list", "/insync/things", Retry::Safe)
    );
    assert_eq!(list.errors, [404, 500]);
    assert_eq!(list.answer, Answer::Json(Type::Object("ThingList".into())));
    assert!(matches!(&list.pages.as_ref().unwrap().cursor, Cursor::Token { field, .. } if field == "nextPageToken"));
    let names: Vec<_> = list.params.iter().map(|param| (param.name.as_str(), param.list)).collect();
    let expected = [
        ("pageToken", ListStyle::Comma),
        ("kinds", ListStyle::Comma),
        ("tags", ListStyle::Repeat),
        ("sizeDeprecated", ListStyle::Comma),
    ];
    assert_eq!(names, expected);
    assert_eq!(list.params[3].ty, Type::Integer);

    assert_eq!((replace.retry, &replace.answer), (Retry::Never, &Answer::Empty));
    let params: Vec<_> =
        replace.params.iter().map(|param| (param.name.as_str(), param.place, param.required)).collect();
    assert_eq!(params, [("thingID", Place::Path, true), ("name", Place::Body, true), ("owner", Place::Body, false)]);
    assert_eq!(replace.params[0].doc, "Id of the thing.");

    let thing = &product.types["Thing"];
    assert!(thing.output && !thing.input && product.types["Owner"].input);
    let fields: Vec<_> = thing.fields.iter().map(|field| field.ty.clone()).collect();
    let parts = Type::List(Box::new(Type::Object("ThingPart".into())));
    assert_eq!(fields, [Type::Integer, Type::Boolean, Type::DateTime, Type::Map(Box::new(Type::Json)), parts]);
}

#[test]
fn corrects() {
    let overlay = OVERLAY.replace("    pages:", "    params:\n      tags: {type: list<integer>, reason: r}\n      Accept: {add: true, place: header, reason: r}\n    pages:");
    let product = product(OPENAPI, &overlay).unwrap();
    let list = &product.operations[0];
    assert_eq!((&list.params[2].ty, list.params[2].list), (&Type::List(Box::new(Type::Integer)), ListStyle::Comma));
    assert_eq!((list.params[4].name.as_str(), list.params[4].place), ("Accept", Place::Header));
}

#[test]
fn corrects_a_field_of_every_type() {
    let overlay = OVERLAY.replace(
        "operations:",
        "fields:\n  since: {type: string, doc: Since when., reason: r}\n  size: The size.\noperations:",
    );
    let types = product(OPENAPI, &overlay).unwrap().types;
    let since = &types["Thing"].fields[2];
    assert_eq!((&since.ty, since.doc.as_str()), (&Type::String { values: vec![] }, "Since when."));
    assert_eq!(types["ThingPart"].fields[0].doc, "The size.");
    let own = overlay.replace("doc: A thing.}", "doc: A thing., fields: {since: Its day.}}");
    let since = product(OPENAPI, &own).unwrap().types["Thing"].fields[2].clone();
    assert_eq!((since.ty, since.doc.as_str()), (Type::String { values: vec![] }, "Its day."));

    let error = complaint("operations:", "fields:\n  sinc: Since when.\noperations:");
    assert!(error.ends_with("no field is called sinc"), "{error}");
    let error = complaint("operations:", "fields:\n  since: {type: string}\noperations:");
    assert!(error.ends_with("since contradicts the document without a reason"), "{error}");
}

#[test]
fn makes_a_list_of_what_the_document_calls_one() {
    let openapi =
        OPENAPI.replace("schema: {type: array, items: {type: string}}", "schema: {type: string, enum: [a, b]}");
    let overlay =
        OVERLAY.replace("    pages:", "    params:\n      tags: {type: list, list: comma, reason: r}\n    pages:");
    let tags = product(&openapi, &overlay).unwrap().operations[0].params[2].clone();
    let item = Type::String { values: vec!["a".to_owned(), "b".to_owned()] };
    assert_eq!((tags.ty, tags.list), (Type::List(Box::new(item)), ListStyle::Comma));
}

#[test]
fn one_type_for_the_same_fields_in_another_order() {
    let openapi = OPENAPI
        .replace("type: object, properties: {size: {type: number}}", "$ref: \"#/components/schemas/Part\"")
        + "        whole: {$ref: \"#/components/schemas/Whole\"}
    Part: {type: object, properties: {size: {type: number}, name: {type: string}}}
    Whole: {type: object, properties: {name: {type: string}, size: {type: number}}}
";
    let overlay = OVERLAY.to_owned() + "  Whole: {name: Part}\n";
    assert_eq!(product(&openapi, &overlay).unwrap().types.len(), 4);
}

#[test]
fn one_operation_of_two_documents() {
    let gov = OPENAPI.replace("https://apis.example/insync", "https://gov.example/other");
    let overlay = OVERLAY.replace("clouds: [public]", "documents: {insync: [public], insync-gov: [gov]}");
    let documents = [("insync", OPENAPI), ("insync-gov", gov.as_str())];
    let (products, published) = resolve(&[source(&overlay, &documents)]).unwrap();
    let [list, replace] = products[0].operations.as_slice() else { panic!("{products:?}") };
    assert_eq!(
        (&list.clouds, &list.documents),
        (&strings(["public", "gov"]), &strings(["insync-cloud", "insync-gov-cloud"]))
    );
    assert_eq!(list.routes, [Route { cloud: "gov".to_owned(), path: "/other/things".to_owned() }]);
    assert_eq!(replace.routes[0].path, "/other/things/{thingID}");
    let third = Published {
        document: "insync-gov-cloud".to_owned(),
        method: "GET".to_owned(),
        path: "/other/things".to_owned(),
        stands_for: StandsFor::Operation("insync.things.list".to_owned()),
    };
    assert_eq!((published.len(), &published[2]), (4, &third));

    let differs = |from: &str, to: &str| {
        let gov = gov.replacen(from, to, 1);
        let documents = [("insync", OPENAPI), ("insync-gov", gov.as_str())];
        resolve(&[source(&overlay, &documents)]).expect_err("must be refused").to_string()
    };
    let error = differs("name: pageToken", "name: token");
    assert_eq!(error, "api/openapi/insync-gov.yaml:8: GET /things is not what api/openapi/insync.yaml says of it");
    let error = differs("thingID: {type: integer", "thingID: {type: string");
    assert_eq!(error, "api/openapi/insync-gov.yaml: the schema ThingV2 is another one in api/openapi/insync.yaml");
}

#[test]
fn what_another_entry_or_the_client_stands_for() {
    let entry = "  PUT /things/{thingID}:\n    id: insync.things.replace\n    summary: Replaces a thing.\n";
    let with = |entry_instead: &str| {
        let overlay = OVERLAY
            .replace(entry, &format!("  PUT /things/{{thingID}}: {entry_instead}\n"))
            .replace("glossary:\n  thingID: Id of the thing.\n", "");
        resolve(&[source(&overlay, &[("insync", OPENAPI)])]).map_err(|error| error.to_string())
    };
    let stands_for = |entry: &str| {
        let (products, published) = with(entry).unwrap();
        assert_eq!(products[0].operations.len(), 1);
        published[1].stands_for.clone()
    };
    assert_eq!(
        stands_for("{same_as: insync.things.list, reason: r}"),
        StandsFor::Operation("insync.things.list".to_owned())
    );
    assert_eq!(stands_for("{by: authenticate, reason: r}"), StandsFor::Client("authenticate".to_owned()));
    let error = with("{same_as: insync.things.gone, reason: r}").expect_err("must be refused");
    assert_eq!(error, "PUT /insync/things/{thingID} of insync-cloud: there is no operation insync.things.gone");
    for (entry, complaint) in [
        ("{by: authenticate}", "is no operation of its own without a reason"),
        ("{id: insync.things.x, by: authenticate, reason: r}", "has an id, and something that stands for it"),
        ("{summary: S.}", "needs an id and a summary"),
        ("{id: insync.things.replace}", "needs an id and a summary"),
    ] {
        let error = with(entry).expect_err("must be refused");
        assert!(
            error.starts_with("api/overlay/insync.yaml:9: PUT /things/{thingID} ") && error.contains(complaint),
            "{error}"
        );
    }
}

fn strings<const N: usize>(texts: [&str; N]) -> Vec<String> {
    texts.map(str::to_owned).to_vec()
}

#[test]
fn what_is_written_around_a_value() {
    let with = |write: &str| {
        OVERLAY.replace(
            "    pages:",
            &format!("    params:\n      tags: {{type: string, write: {write:?}, reason: r}}\n    pages:"),
        )
    };
    let tags = product(OPENAPI, &with("pType=org;pID={}")).unwrap().operations[0].params[2].clone();
    assert_eq!(tags.write.as_deref(), Some("pType=org;pID={}"));
    let error = product(OPENAPI, &with("pType=org")).expect_err("must be refused");
    assert!(error.ends_with("what is written around tags has no place {} for it"), "{error}");
}

#[test]
fn an_operation_without_an_entry() {
    let overlay = OVERLAY
        .replace("  PUT /things/{thingID}:\n    id: insync.things.replace\n    summary: Replaces a thing.\n", "");
    let error = product(OPENAPI, &overlay).expect_err("must be refused");
    let (line, _) = OPENAPI.lines().enumerate().find(|(_, line)| *line == "    put:").unwrap();
    assert_eq!(
        error.lines().next().unwrap(),
        format!(
            "api/openapi/insync.yaml:{}: PUT /things/{{thingID}} has no entry in api/overlay/insync.yaml",
            line + 1
        )
    );
}

#[test]
fn an_entry_without_an_operation() {
    let error = complaint("types:\n", "  GET /other:\n    id: insync.others.list\n    summary: Lists.\ntypes:\n");
    assert_eq!(error, "api/overlay/insync.yaml:14: GET /other is not in api/openapi/insync.yaml");
}

#[test]
fn an_id_used_twice() {
    let error = complaint("insync.things.replace", "insync.things.list");
    assert_eq!(
        error,
        "api/overlay/insync.yaml:11: the id insync.things.list is used already, in api/overlay/insync.yaml:7"
    );
}

#[test]
fn an_id_that_is_none() {
    for id in ["insync.replace", "platform.things.replace", "insync.Things.replace", "insync.things."] {
        assert!(
            complaint("insync.things.replace", id).starts_with(&format!("api/overlay/insync.yaml:11: {id} is no id")),
            "{id}"
        );
    }
}

#[test]
fn an_id_that_is_also_a_resource() {
    let error = complaint("insync.things.replace", "insync.things.list.replace");
    assert_eq!(error, "api/overlay/insync.yaml:7: insync.things.list names an operation and a resource");
}

#[test]
fn paging_that_cannot_be() {
    let says = |from, to, what: &str| {
        assert_eq!(complaint(from, to), format!("api/overlay/insync.yaml:7: insync.things.list: {what}"))
    };
    says("items: things", "items: devices", "its answer has no devices");
    says("items: things", "items: nextPageToken", "its items, nextPageToken, are no list");
    says("param: pageToken", "param: token", "paging needs the argument token, which it does not have");
    says("field: nextPageToken", "field: token", "paging needs token in the answer, which it does not have");
}

#[test]
fn paging_that_is_forgotten() {
    let pages = "    pages: {items: things, cursor: {token: {param: pageToken, field: nextPageToken}}}\n";
    let error = complaint(pages, "");
    assert_eq!(
        error,
        "api/overlay/insync.yaml:7: insync.things.list: its answer has nextPageToken, but its entry no pages"
    );
}

#[test]
fn a_waiter_for_a_state_that_there_is_not() {
    let says = |waiter: &str, what: &str| {
        let error = complaint("    pages:", &format!("    waiter: {waiter}\n    pages:"));
        assert_eq!(error, format!("api/overlay/insync.yaml:7: insync.things.list: {what}"));
    };
    says("{state: phase, finished: [Done]}", "its answer has no state phase");
    says("{state: nextPageToken, finished: [Done]}", "nextPageToken is never Done");
    says("{state: thingID, finished: [\"4\"], match: id}", "its items have no id");
    says("{state: isOpen, finished: [Done], match: thingID}", "its answer has no state isOpen");
    let by_number =
        OVERLAY.replace("    pages:", "    waiter: {state: thingID, finished: [\"4\"], match: thingID}\n    pages:");
    product(OPENAPI, &by_number).unwrap();
}

#[test]
fn arguments_of_one_name() {
    let openapi =
        OPENAPI.replace("                owner:", "                ThingID: {type: string}\n                owner:");
    let error = product(&openapi, OVERLAY).expect_err("must be refused");
    assert_eq!(
        error,
        "api/overlay/insync.yaml:11: insync.things.replace: the arguments thingID and ThingID have one name"
    );
}

#[test]
fn a_type_name_used_for_two_shapes() {
    let error = complaint("{name: Thing, doc: A thing.}", "{name: ThingList}");
    assert!(
        error.contains("the type name ThingList is used for ThingV2 and, with other fields, for ThingList"),
        "{error}"
    );
}

#[test]
fn a_cloud_that_there_is_not() {
    assert!(
        complaint("[public]", "[publick]")
            .contains("api/overlay/insync.yaml:7: insync.things.list: there is no cloud publick")
    );
}

#[test]
fn corrections_without_a_reason() {
    let error = complaint("    pages:", "    params:\n      tags: {type: list<integer>}\n    pages:");
    assert_eq!(error, "api/overlay/insync.yaml:11: tags contradicts the document without a reason");
    let error = complaint("doc: A thing.}", "fields: {free: {type: json}}}");
    assert!(error.ends_with("ThingV2.free contradicts the document without a reason"), "{error}");
}

#[test]
fn words_about_nothing() {
    assert!(complaint("  thingID:", "  thingId:").ends_with("nothing is called thingId"));
    assert!(complaint("doc: A thing.}", "fields: {fre: Free.}}").ends_with("ThingV2 has no field fre"));
    assert!(
        complaint("types:\n", "types:\n  Other: {name: Thing}\n")
            .ends_with("no operation uses an object type at Other")
    );
    assert!(
        complaint("    pages:", "    params:\n      tag: A tag.\n    pages:")
            .ends_with("GET /things has no parameter tag")
    );
}

#[test]
fn what_is_no_overlay() {
    let error = product(OPENAPI, "title: T\nsummary: S\nclouds: [public]\noperations:\n  GET /things:\n    name: x\n")
        .expect_err("must be refused");
    assert!(error.starts_with("api/overlay/insync.yaml:6: "), "{error}");
    let error = complaint("    pages:", "    params:\n      tags: {tpye: json}\n    pages:");
    assert!(error.starts_with("api/overlay/insync.yaml:11: unknown field `tpye`"), "{error}");
}
