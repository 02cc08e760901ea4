//! Schemas: types, formats and fields, with references followed and both spellings of "may be null" read alike.

use crate::{MAX_DEPTH, MAX_VALUES, Node, ReadError};

/// A schema with its references followed.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Schema {
    /// Where it stands in the document, as a JSON pointer (`#/components/schemas/Record/properties/fin`).
    pub at: String,
    /// What it describes.
    pub kind: Kind,
    /// Whether null is allowed (`nullable` of 3.0, `null` among the types of 3.1).
    pub nullable: bool,
    /// `date`, `date-time`, …
    pub format: Option<String>,
    /// What a person reads.
    pub title: Option<String>,
    /// What a person reads.
    pub description: Option<String>,
    /// The name of the component that it refers to.
    pub component: Option<String>,
    /// The pattern of a text.
    pub pattern: Option<String>,
    /// The only values allowed (`enum`, `const`); empty when any is.
    pub values: Vec<Node>,
    /// The value that is taken when none is given.
    pub default: Option<Node>,
    /// Values that are shown as examples.
    pub examples: Vec<Node>,
    /// How small and large, short and long a value may be.
    pub bounds: Bounds,
}

/// How small and large, short and long a value may be. What the document leaves out is `None`.
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct Bounds {
    /// The smallest number (`minimum`, `exclusiveMinimum`).
    pub least: Option<Bound>,
    /// The largest number (`maximum`, `exclusiveMaximum`).
    pub most: Option<Bound>,
    /// Fewest characters of a text (`minLength`).
    pub shortest: Option<u64>,
    /// Most characters of a text (`maxLength`).
    pub longest: Option<u64>,
}

/// A bound of numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Bound {
    /// The number as the document writes it.
    pub number: String,
    /// Whether it does not belong to what is allowed.
    pub exclusive: bool,
}

impl Bounds {
    fn of(node: &Node) -> Self {
        let count = |name: &str| match node.get(name) {
            Some(Node::Number(text)) => text.parse().ok(),
            _ => None,
        };
        Self {
            least: Bound::of(node, "minimum", "exclusiveMinimum"),
            most: Bound::of(node, "maximum", "exclusiveMaximum"),
            shortest: count("minLength"),
            longest: count("maxLength"),
        }
    }

    fn or(self, other: Self) -> Self {
        Self {
            least: self.least.or(other.least),
            most: self.most.or(other.most),
            shortest: self.shortest.or(other.shortest),
            longest: self.longest.or(other.longest),
        }
    }
}

impl Bound {
    /// The second name is a number of its own in 3.1, and says of the first one's number that it is exclusive in 3.0.
    fn of(node: &Node, inclusive: &str, exclusive: &str) -> Option<Self> {
        let (number, exclusive) = match (node.get(inclusive), node.get(exclusive)) {
            (_, Some(Node::Number(number))) => (number, true),
            (Some(Node::Number(number)), word) => {
                (number, word.and_then(Node::boolean) == Some(true))
            }
            _ => return None,
        };
        Some(Self {
            number: number.clone(),
            exclusive,
        })
    }
}

/// What a schema describes.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Kind {
    /// Anything: the document does not say.
    Any,
    /// A text.
    Text,
    /// A whole number.
    Integer,
    /// A number.
    Number,
    /// `true` or `false`.
    Boolean,
    /// A list of these.
    List(Box<Schema>),
    /// An object with these fields.
    Object(Vec<Field>),
    /// One of these.
    OneOf(Vec<Schema>),
    /// Only null.
    Null,
    /// A schema inside itself.
    Recursive,
}

/// A field of an object.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Field {
    /// Its name on the wire.
    pub name: String,
    /// Whether it must be there.
    pub required: bool,
    /// What it holds.
    pub schema: Schema,
}

impl Schema {
    /// The fields, if it is an object.
    pub fn fields(&self) -> &[Field] {
        match &self.kind {
            Kind::Object(fields) => fields,
            _ => &[],
        }
    }

    /// What its items are, if it is a list.
    pub fn item(&self) -> Option<&Self> {
        match &self.kind {
            Kind::List(item) => Some(item),
            _ => None,
        }
    }

    /// Where a schema is inside itself, if it is anywhere below.
    pub fn recursion(&self) -> Option<&str> {
        match &self.kind {
            Kind::Recursive => Some(&self.at),
            Kind::List(item) => item.recursion(),
            Kind::Object(fields) => fields.iter().find_map(|field| field.schema.recursion()),
            Kind::OneOf(some) => some.iter().find_map(Self::recursion),
            _ => None,
        }
    }

    /// The type in a word or two: `text`, `list of objects`.
    pub fn kind_name(&self) -> String {
        match &self.kind {
            Kind::Any => "anything".into(),
            Kind::Text => match self.format.as_deref() {
                Some(format @ ("date" | "date-time")) => format.into(),
                _ => "text".into(),
            },
            Kind::Integer => "whole number".into(),
            Kind::Number => "number".into(),
            Kind::Boolean => "boolean".into(),
            Kind::List(item) => format!("list of {}", item.kind_name()),
            Kind::Object(_) => "object".into(),
            Kind::OneOf(some) => {
                let names: Vec<String> = some.iter().map(Self::kind_name).collect();
                names.join(" or ")
            }
            Kind::Null => "null".into(),
            Kind::Recursive => "a schema inside itself".into(),
        }
    }

    pub(crate) fn any(at: String) -> Self {
        Self {
            at,
            kind: Kind::Any,
            nullable: false,
            format: None,
            title: None,
            description: None,
            component: None,
            pattern: None,
            values: Vec::new(),
            default: None,
            examples: Vec::new(),
            bounds: Bounds::default(),
        }
    }
}

/// Follows references of one document.
pub(crate) struct Resolver<'d> {
    root: &'d Node,
    left: usize,
    open: Vec<String>,
}

impl<'d> Resolver<'d> {
    pub(crate) fn new(root: &'d Node) -> Self {
        Self {
            root,
            left: MAX_VALUES,
            open: Vec::new(),
        }
    }

    /// The value that is meant: itself, or what its `$ref` leads to, with the place where that stands.
    pub(crate) fn follow(&self, node: &'d Node, at: &str) -> Result<(&'d Node, String), ReadError> {
        let (mut node, mut place) = (node, at.to_owned());
        for _ in 0..MAX_DEPTH {
            let Some(reference) = node.text_of("$ref") else {
                return Ok((node, place));
            };
            node = self.look_up(reference, &place)?;
            reference.clone_into(&mut place);
        }
        Err(ReadError::Reference {
            at: at.to_owned(),
            problem: "the references go round in a circle".into(),
        })
    }

    fn look_up(&self, reference: &str, at: &str) -> Result<&'d Node, ReadError> {
        let wrong = |problem: String| ReadError::Reference {
            at: at.to_owned(),
            problem,
        };
        let shown: String = reference.chars().take(100).collect();
        let Some(pointer) = reference.strip_prefix("#/") else {
            return Err(wrong(format!(
                "the reference {shown} leads out of the document"
            )));
        };
        let mut node = self.root;
        for step in pointer.split('/') {
            let name = step.replace("~1", "/").replace("~0", "~");
            let next = match node {
                Node::List(items) => name.parse().ok().and_then(|at: usize| items.get(at)),
                node => node.get(&name),
            };
            node = next.ok_or_else(|| wrong(format!("the reference {shown} leads nowhere")))?;
        }
        Ok(node)
    }

    /// Reads a schema and everything below it.
    pub(crate) fn schema(&mut self, node: &'d Node, at: &str) -> Result<Schema, ReadError> {
        self.left = self.left.checked_sub(1).ok_or(ReadError::TooMany)?;
        if self.open.len() > MAX_DEPTH {
            return Err(ReadError::TooDeep);
        }
        let Some(reference) = node.text_of("$ref") else {
            self.open.push(String::new()); // counts as a level
            let schema = self.plain(node, at);
            self.open.pop();
            return schema;
        };
        if self.open.iter().any(|open| open == reference) {
            let mut schema = Schema::any(at.to_owned());
            schema.kind = Kind::Recursive;
            return Ok(schema);
        }
        let (target, place) = self.follow(node, at)?;
        self.open.push(reference.to_owned());
        if place != reference {
            self.open.push(place.clone());
        }
        let schema = self.plain(target, &place);
        if place != reference {
            self.open.pop();
        }
        self.open.pop();
        let mut schema = schema?;
        if schema.component.is_none() {
            schema.component = place.rsplit('/').next().map(str::to_owned);
        }
        // What stands beside a reference speaks of this use of it (allowed since 3.1).
        if let Some(text) = node.text_of("description") {
            schema.description = Some(text.to_owned());
        }
        if let Some(default) = node.get("default") {
            schema.default = Some(default.clone());
        }
        Ok(schema)
    }

    fn plain(&mut self, node: &'d Node, at: &str) -> Result<Schema, ReadError> {
        let mut schema = Schema::any(at.to_owned());
        let text = |name: &str| node.text_of(name).map(str::to_owned);
        schema.format = text("format");
        schema.title = text("title");
        schema.description = text("description");
        schema.pattern = text("pattern");
        schema.nullable = node.get("nullable").and_then(Node::boolean) == Some(true);
        schema.default = node.get("default").cloned();
        schema.values = match node.get("const") {
            Some(value) => vec![value.clone()],
            None => node.get("enum").map_or(&[][..], Node::items).to_vec(),
        };
        schema.examples = node.get("examples").map_or(&[][..], Node::items).to_vec();
        schema.examples.extend(node.get("example").cloned());
        schema.bounds = Bounds::of(node);
        schema.kind = match node.get("type") {
            Some(Node::Text(kind)) => self.typed(kind, node, at)?,
            Some(Node::List(kinds)) => {
                let mut some = Vec::new();
                for kind in kinds.iter().filter_map(Node::text) {
                    if kind == "null" {
                        schema.nullable = true;
                    } else {
                        let mut one = Schema::any(at.to_owned());
                        one.format = schema.format.clone();
                        one.kind = self.typed(kind, node, at)?;
                        some.push(one);
                    }
                }
                one_of(some, &mut schema)
            }
            _ if node.get("properties").is_some() => self.typed("object", node, at)?,
            _ if node.get("items").is_some() => self.typed("array", node, at)?,
            _ if !schema.values.is_empty() => {
                let kinds: Vec<Kind> = schema.values.iter().map(kind_of).collect();
                match kinds.first() {
                    Some(first) if kinds.iter().all(|kind| kind == first) => first.clone(),
                    _ => Kind::Any,
                }
            }
            _ => Kind::Any,
        };
        if let Some(parts) = node.get("allOf") {
            self.all_of(parts.items(), at, &mut schema)?;
        }
        for word in ["anyOf", "oneOf"] {
            let Some(parts) = node.get(word) else {
                continue;
            };
            let mut some = Vec::new();
            for (index, part) in parts.items().iter().enumerate() {
                let part = self.schema(part, &format!("{at}/{word}/{index}"))?;
                match part.kind {
                    Kind::Null => schema.nullable = true,
                    _ => some.push(part),
                }
            }
            if !some.is_empty() {
                schema.kind = one_of(some, &mut schema);
            }
        }
        Ok(schema)
    }

    fn typed(&mut self, kind: &str, node: &'d Node, at: &str) -> Result<Kind, ReadError> {
        Ok(match kind {
            "string" => Kind::Text,
            "integer" => Kind::Integer,
            "number" => Kind::Number,
            "boolean" => Kind::Boolean,
            "null" => Kind::Null,
            "array" => Kind::List(Box::new(match node.get("items") {
                Some(item) => self.schema(item, &format!("{at}/items"))?,
                None => Schema::any(format!("{at}/items")),
            })),
            "object" => {
                let required: Vec<&str> = node
                    .get("required")
                    .map_or(&[][..], Node::items)
                    .iter()
                    .filter_map(Node::text)
                    .collect();
                let mut fields = Vec::new();
                for (name, property) in node.get("properties").map_or(&[][..], Node::members) {
                    let place = format!("{at}/properties/{}", escape(name));
                    fields.push(Field {
                        name: name.clone(),
                        required: required.contains(&name.as_str()),
                        schema: self.schema(property, &place)?,
                    });
                }
                Kind::Object(fields)
            }
            _ => Kind::Any,
        })
    }

    /// Merges the parts of an `allOf`: what each says of the same value.
    fn all_of(&mut self, parts: &'d [Node], at: &str, into: &mut Schema) -> Result<(), ReadError> {
        for (index, part) in parts.iter().enumerate() {
            let part = self.schema(part, &format!("{at}/allOf/{index}"))?;
            match (&mut into.kind, part.kind) {
                (Kind::Object(fields), Kind::Object(more)) => {
                    for field in more {
                        match fields.iter_mut().find(|known| known.name == field.name) {
                            Some(known) => known.required |= field.required,
                            None => fields.push(field),
                        }
                    }
                }
                (kind @ Kind::Any, more) => {
                    *kind = more;
                    if parts.len() == 1 {
                        into.at = part.at;
                    }
                }
                _ => {}
            }
            into.nullable |= part.nullable;
            into.format = into.format.take().or(part.format);
            into.title = into.title.take().or(part.title);
            into.description = into.description.take().or(part.description);
            into.component = into.component.take().or(part.component);
            into.pattern = into.pattern.take().or(part.pattern);
            into.bounds = std::mem::take(&mut into.bounds).or(part.bounds);
            if into.values.is_empty() {
                into.values = part.values;
            }
        }
        Ok(())
    }
}

/// One alternative is no alternative: it is the schema itself.
fn one_of(mut some: Vec<Schema>, outer: &mut Schema) -> Kind {
    if some.len() != 1 {
        return if some.is_empty() {
            Kind::Null
        } else {
            Kind::OneOf(some)
        };
    }
    let one = some.remove(0);
    outer.nullable |= one.nullable;
    outer.format = outer.format.take().or(one.format);
    outer.title = outer.title.take().or(one.title);
    outer.description = outer.description.take().or(one.description);
    outer.pattern = outer.pattern.take().or(one.pattern);
    outer.component = outer.component.take().or(one.component);
    outer.bounds = std::mem::take(&mut outer.bounds).or(one.bounds);
    if outer.values.is_empty() {
        outer.values = one.values;
    }
    if matches!(one.kind, Kind::Object(_)) {
        outer.at = one.at;
    }
    one.kind
}

fn kind_of(value: &Node) -> Kind {
    match value {
        Node::Text(_) => Kind::Text,
        Node::Boolean(_) => Kind::Boolean,
        Node::Number(text) if text.parse::<i64>().is_ok() => Kind::Integer,
        Node::Number(_) => Kind::Number,
        _ => Kind::Any,
    }
}

/// A name as a step of a JSON pointer (RFC 6901).
pub(crate) fn escape(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}
