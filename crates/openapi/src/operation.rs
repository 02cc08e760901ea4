//! Operations: method, path, what goes in and what comes out.

use http::Method;

use crate::schema::{Resolver, escape};
use crate::{Node, ReadError, Schema};

/// An operation of a document.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Operation {
    /// Where it stands in the document, as a JSON pointer.
    pub at: String,
    /// GET, POST, PUT, PATCH or DELETE.
    pub method: Method,
    /// The path as the document writes it.
    pub path: String,
    /// Its groups.
    pub tags: Vec<String>,
    /// What a person reads.
    pub summary: Option<String>,
    /// What a person reads.
    pub description: Option<String>,
    /// Its name for programs.
    pub id: Option<String>,
    /// Parameters of the address and headers, in the order of the document.
    pub parameters: Vec<Parameter>,
    /// Keys that it asks for by a security scheme (`apiKey`).
    pub keys: Vec<Parameter>,
    /// Whether it asks for a token (`oauth2`, `openIdConnect` or `http` with `bearer`).
    pub token: bool,
    /// Bodies that it takes, one per media type.
    pub bodies: Vec<Body>,
    /// The JSON of a successful answer.
    pub answer: Option<Answer>,
}

/// A parameter outside the body.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Parameter {
    /// Where it stands in the document, as a JSON pointer.
    pub at: String,
    /// Its name on the wire.
    pub name: String,
    /// Where it goes.
    pub place: In,
    /// Whether it must be there.
    pub required: bool,
    /// What a person reads.
    pub description: Option<String>,
    /// Whether the values of a list are parameters of the same name each, and not one text with commas (`style`, `explode`).
    pub exploded: bool,
    /// What it holds.
    pub schema: Schema,
}

/// Where a parameter goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum In {
    /// The query of the address.
    Query,
    /// The path of the address.
    Path,
    /// A header.
    Header,
    /// A cookie.
    Cookie,
}

/// A body that an operation takes.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Body {
    /// Its media type, without parameters.
    pub media: String,
    /// Whether it must be there.
    pub required: bool,
    /// What it holds.
    pub schema: Schema,
}

impl Body {
    /// Whether it is JSON.
    pub fn is_json(&self) -> bool {
        is_json(&self.media)
    }

    /// Whether it is a form in the encoding of an address (RFC 1866).
    pub fn is_form(&self) -> bool {
        self.media == "application/x-www-form-urlencoded"
    }
}

/// A successful answer.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Answer {
    /// Its status, as the document writes it.
    pub status: String,
    /// What it holds.
    pub schema: Schema,
}

fn is_json(media: &str) -> bool {
    media == "application/json" || media.ends_with("+json") || media == "*/*"
}

/// Reads all operations.
pub(crate) fn operations<'d>(
    root: &'d Node,
    resolver: &mut Resolver<'d>,
) -> Result<Vec<Operation>, ReadError> {
    let mut all = Vec::new();
    for (path, item) in root.get("paths").map_or(&[][..], Node::members) {
        let at = format!("#/paths/{}", escape(path));
        let (item, at) = resolver.follow(item, &at)?;
        let shared = parameters(item, &at, resolver)?;
        for (name, node) in item.members() {
            let method = match name.as_str() {
                "get" => Method::GET,
                "post" => Method::POST,
                "put" => Method::PUT,
                "patch" => Method::PATCH,
                "delete" => Method::DELETE,
                _ => continue,
            };
            let at = format!("{at}/{name}");
            let mut own = parameters(node, &at, resolver)?;
            for parameter in &shared {
                let same =
                    |own: &Parameter| own.name == parameter.name && own.place == parameter.place;
                if !own.iter().any(same) {
                    own.push(parameter.clone());
                }
            }
            let (token, keys) = security(root, node)?;
            let text = |name: &str| node.text_of(name).map(str::to_owned);
            all.push(Operation {
                method,
                path: path.clone(),
                tags: texts(node.get("tags")),
                summary: text("summary"),
                description: text("description"),
                id: text("operationId"),
                parameters: own,
                keys,
                token,
                bodies: bodies(node, &at, resolver)?,
                answer: answer(node, &at, resolver)?,
                at,
            });
        }
    }
    Ok(all)
}

fn texts(node: Option<&Node>) -> Vec<String> {
    let items = node.map_or(&[][..], Node::items);
    items
        .iter()
        .filter_map(Node::text)
        .map(str::to_owned)
        .collect()
}

fn parameters<'d>(
    node: &'d Node,
    at: &str,
    resolver: &mut Resolver<'d>,
) -> Result<Vec<Parameter>, ReadError> {
    let mut all = Vec::new();
    let list = node.get("parameters").map_or(&[][..], Node::items);
    for (index, parameter) in list.iter().enumerate() {
        let (parameter, at) = resolver.follow(parameter, &format!("{at}/parameters/{index}"))?;
        let (Some(name), Some(place)) = (
            parameter.text_of("name"),
            parameter.text_of("in").and_then(place),
        ) else {
            continue;
        };
        let schema = match parameter.get("schema") {
            Some(schema) => resolver.schema(schema, &format!("{at}/schema"))?,
            None => Schema::any(at.clone()),
        };
        let required = parameter.get("required").and_then(Node::boolean) == Some(true);
        all.push(Parameter {
            name: name.to_owned(),
            place,
            required: required || place == In::Path,
            description: parameter.text_of("description").map(str::to_owned),
            exploded: exploded(parameter, place),
            schema,
            at,
        });
    }
    Ok(all)
}

/// Only `form`, the style of queries and cookies, explodes unless the document says otherwise.
fn exploded(parameter: &Node, place: In) -> bool {
    let style = parameter.text_of("style");
    let form = matches!(style, Some("form"))
        || (style.is_none() && matches!(place, In::Query | In::Cookie));
    let said = parameter.get("explode").and_then(Node::boolean);
    said.unwrap_or(form) && form
}

fn place(text: &str) -> Option<In> {
    match text {
        "query" => Some(In::Query),
        "path" => Some(In::Path),
        "header" => Some(In::Header),
        "cookie" => Some(In::Cookie),
        _ => None,
    }
}

fn bodies<'d>(
    node: &'d Node,
    at: &str,
    resolver: &mut Resolver<'d>,
) -> Result<Vec<Body>, ReadError> {
    let Some(body) = node.get("requestBody") else {
        return Ok(Vec::new());
    };
    let (body, at) = resolver.follow(body, &format!("{at}/requestBody"))?;
    let required = body.get("required").and_then(Node::boolean) == Some(true);
    let mut all = Vec::new();
    for (media, content) in body.get("content").map_or(&[][..], Node::members) {
        let place = format!("{at}/content/{}/schema", escape(media));
        all.push(Body {
            media: bare(media),
            required,
            schema: match content.get("schema") {
                Some(schema) => resolver.schema(schema, &place)?,
                None => Schema::any(place),
            },
        });
    }
    Ok(all)
}

/// The media type without parameters such as a charset.
fn bare(media: &str) -> String {
    let media = media.split(';').next().unwrap_or_default();
    media.trim().to_ascii_lowercase()
}

fn answer<'d>(
    node: &'d Node,
    at: &str,
    resolver: &mut Resolver<'d>,
) -> Result<Option<Answer>, ReadError> {
    let Some(responses) = node.get("responses") else {
        return Ok(None);
    };
    let mut known: Vec<&(String, Node)> = responses
        .members()
        .iter()
        .filter(|(status, _)| status.starts_with('2') || status == "default")
        .collect();
    known.sort_by(|one, other| one.0.cmp(&other.0)); // digits come before letters
    for (status, response) in known {
        let place = format!("{at}/responses/{}", escape(status));
        let (response, place) = resolver.follow(response, &place)?;
        for (media, content) in response.get("content").map_or(&[][..], Node::members) {
            if !is_json(&bare(media)) {
                continue;
            }
            let place = format!("{place}/content/{}/schema", escape(media));
            return Ok(Some(Answer {
                status: status.clone(),
                schema: match content.get("schema") {
                    Some(schema) => resolver.schema(schema, &place)?,
                    None => Schema::any(place),
                },
            }));
        }
    }
    Ok(None)
}

/// Whether a token is asked for, and which keys.
fn security(root: &Node, node: &Node) -> Result<(bool, Vec<Parameter>), ReadError> {
    let needs = node.get("security").or_else(|| root.get("security"));
    let schemes = root
        .get("components")
        .and_then(|components| components.get("securitySchemes"));
    let (mut token, mut keys) = (false, Vec::new());
    for (name, _) in needs
        .map_or(&[][..], Node::items)
        .iter()
        .flat_map(Node::members)
    {
        let Some(scheme) = schemes.and_then(|schemes| schemes.get(name)) else {
            continue;
        };
        let at = format!("#/components/securitySchemes/{}", escape(name));
        match scheme.text_of("type") {
            Some("apiKey") => {
                let (Some(name), Some(place)) =
                    (scheme.text_of("name"), scheme.text_of("in").and_then(place))
                else {
                    continue;
                };
                let mut schema = Schema::any(at.clone());
                schema.kind = crate::Kind::Text;
                keys.push(Parameter {
                    name: name.to_owned(),
                    place,
                    required: true,
                    description: scheme.text_of("description").map(str::to_owned),
                    exploded: false,
                    schema,
                    at,
                });
            }
            Some("oauth2" | "openIdConnect" | "http") => token = true,
            _ => {}
        }
    }
    Ok((token, keys))
}

/// The addresses at which tokens are handed out (`tokenUrl` of the security schemes).
pub(crate) fn token_urls(root: &Node) -> Vec<String> {
    let schemes = root
        .get("components")
        .and_then(|components| components.get("securitySchemes"));
    let mut all = Vec::new();
    for (_, scheme) in schemes.map_or(&[][..], Node::members) {
        for (_, flow) in scheme.get("flows").map_or(&[][..], Node::members) {
            all.extend(flow.text_of("tokenUrl").map(str::to_owned));
        }
    }
    all
}
