//! Builds the tree, within a budget: events in, nodes out. Nothing here recurses, so no text can exhaust the stack.

use std::collections::BTreeMap;

use super::fault::{SYNTAX, SyntaxError, TOO_COMPLEX};
use super::node::{Entry, Node, Span, Value};
use super::scalar::Scalar;

/// How deep collections may be nested.
pub(super) const MAX_DEPTH: usize = 32;
/// How many values a file may hold, aliases expanded.
pub(super) const MAX_NODES: usize = 20_000;

/// What a node carries besides its value.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Properties {
    /// The number of its anchor; 0 when it has none.
    pub(super) anchor: usize,
    /// Whether it has a tag.
    pub(super) tagged: bool,
}

/// A tree in the making.
#[derive(Default)]
pub(super) struct Builder {
    open: Vec<Open>,
    root: Option<Node>,
    nodes: usize,
    anchors: BTreeMap<usize, Anchored>,
    aliases: bool,
}

/// A collection that is not closed yet.
struct Open {
    span: Span,
    content: Value,
    key: Option<(Box<str>, Span)>,
    properties: Properties,
    nodes_before: usize,
    height: usize,
}

/// A finished value that aliases may copy.
struct Anchored {
    node: Node,
    size: Size,
}

#[derive(Clone, Copy)]
struct Size {
    nodes: usize,
    height: usize,
}

impl Builder {
    pub(super) const fn has_root(&self) -> bool {
        self.root.is_some()
    }

    pub(super) const fn has_aliases(&self) -> bool {
        self.aliases
    }

    /// The finished tree. An empty text is a null.
    pub(super) fn into_root(self) -> Node {
        let start = Span { start: 0, end: 0, line: 1, column: 1 };
        self.root.unwrap_or_else(|| Node::nothing(start))
    }

    pub(super) fn scalar(&mut self, scalar: Scalar, span: Span, properties: Properties) -> Result<(), SyntaxError> {
        self.count(1, span)?;
        let node = Node { span, value: Value::Scalar(scalar), tagged: properties.tagged };
        self.finish(node, properties.anchor, Size { nodes: 1, height: 0 })
    }

    pub(super) fn start(&mut self, content: Value, span: Span, properties: Properties) -> Result<(), SyntaxError> {
        let nodes_before = self.nodes;
        self.count(1, span)?;
        if self.open.len() >= MAX_DEPTH {
            return Err(too_deep(span));
        }
        self.open.push(Open { span, content, key: None, properties, nodes_before, height: 0 });
        Ok(())
    }

    pub(super) fn end(&mut self, span: Span) -> Result<(), SyntaxError> {
        let Some(open) = self.open.pop() else { return Ok(()) };
        let whole = Span { end: open.span.end.max(span.end), ..open.span };
        let size = Size { nodes: self.nodes - open.nodes_before, height: open.height + 1 };
        let node = Node { span: whole, value: open.content, tagged: open.properties.tagged };
        self.finish(node, open.properties.anchor, size)
    }

    /// Copies an anchored value. Its size is known before it is copied, so a bomb is refused and never built.
    pub(super) fn alias(&mut self, anchor: usize, span: Span) -> Result<(), SyntaxError> {
        self.aliases = true;
        let Some(Anchored { size, .. }) = self.anchors.get(&anchor) else {
            let message = "an alias stands inside the value that it names";
            return Err(SyntaxError { code: SYNTAX, span, message, help: "write the value out" });
        };
        let size = *size;
        self.count(size.nodes, span)?;
        if self.open.len() + size.height > MAX_DEPTH {
            return Err(too_deep(span));
        }
        let mut node = self.anchors[&anchor].node.clone();
        stand_at(&mut node, span);
        self.finish(node, 0, size)
    }

    fn count(&mut self, nodes: usize, span: Span) -> Result<(), SyntaxError> {
        self.nodes = self.nodes.saturating_add(nodes);
        if self.nodes <= MAX_NODES {
            return Ok(());
        }
        let message = "the file holds more than 20,000 values, those that aliases repeat included";
        Err(SyntaxError { code: TOO_COMPLEX, span, message, help: "split the file, or repeat less by aliases" })
    }

    fn finish(&mut self, node: Node, anchor: usize, size: Size) -> Result<(), SyntaxError> {
        if anchor != 0 {
            self.anchors.insert(anchor, Anchored { node: node.clone(), size });
        }
        let Some(parent) = self.open.last_mut() else {
            self.root = Some(node);
            return Ok(());
        };
        parent.height = parent.height.max(size.height);
        match &mut parent.content {
            Value::List(items) => items.push(node),
            Value::Map(entries) => match parent.key.take() {
                Some((key, span)) => entries.push(Entry { key, span, value: node }),
                None => parent.key = Some(key(&node)?),
            },
            Value::Scalar(_) => {}
        }
        Ok(())
    }
}

fn key(node: &Node) -> Result<(Box<str>, Span), SyntaxError> {
    let message = "a list or a mapping stands where a key is wanted";
    let refused = SyntaxError {
        code: SYNTAX,
        span: node.span,
        message,
        help: "a key is a word; a template needs quotes: \"{{field}}\"",
    };
    node.scalar().map(|scalar| (scalar.text().into(), node.span)).ok_or(refused)
}

/// The refusal of a text that is nested too deep; the parser has the same limit and uses it too.
pub(super) const fn too_deep(span: Span) -> SyntaxError {
    let message = "lists and mappings are nested more than 32 deep";
    SyntaxError { code: TOO_COMPLEX, span, message, help: "no file of tugtest needs that: look for brackets too many" }
}

/// Everything that an alias brings in stands where the alias does: that is where a person reads it.
fn stand_at(node: &mut Node, span: Span) {
    node.span = span;
    match &mut node.value {
        Value::Scalar(_) => {}
        Value::List(items) => items.iter_mut().for_each(|item| stand_at(item, span)),
        Value::Map(entries) => {
            for entry in entries {
                entry.span = span;
                stand_at(&mut entry.value, span);
            }
        }
    }
}
