//! The methods that wait for work.

use super::super::docs::{docstring, in_python};
use super::super::{name, types::meaning};
use super::{Kind, Returns, arguments, parameters, signature, wire_names};
use crate::Error;
use crate::emit::shared::{Waiting, waiting};
use druva_api::{Operation, Param, Product, Waiter};

/// The method beside the one that it calls until the work is over; nothing where no work is reported on.
pub(super) fn method(product: &Product, operation: &Operation, kind: Kind) -> Result<String, Error> {
    let Some(Waiting { operation, waiter }) = waiting(product, operation) else { return Ok(String::new()) };
    let operation = &*operation;
    let params = parameters(operation);
    let returns = Returns::of(product, operation)?;
    let mut lines = signature(&params);
    lines.pop();
    lines.extend(["interval", "timeout"].map(|name| format!("{name}: float | None = None")));
    lines.push("progress: Callable[[str], object] | None = None".to_owned());
    let lines: String = lines.iter().map(|line| format!("        {line},\n")).collect();
    let doc = if kind.raw {
        docstring("        ", &[summary(operation)], &[])
    } else {
        documentation(operation, waiter, &params, kind)
    };
    let (define, give) = if kind.is_async { ("async def", "return await") } else { ("def", "return") };
    let (annotation, answer) = (returns.annotation(kind), returns.parsed());
    let (id, arguments) = (&operation.id, arguments(&params));
    Ok(format!(
        "\n    {define} wait(\n{lines}    ) -> {annotation}:\n{doc}        {give} self._wait(
            \"{id}\",
            {arguments},
            {answer},
            interval,
            timeout,
            progress,
        )\n"
    ))
}

fn summary(operation: &Operation) -> String {
    format!("Waits for the end of the work that `{}` reads, and gives the last answer.", operation.id)
}

fn documentation(operation: &Operation, waiter: &Waiter, params: &[(String, &Param)], kind: Kind) -> String {
    let names = wire_names(params);
    let state = waiter.state.split('.').map(name).collect::<Vec<_>>().join(".");
    let ends: Vec<String> = waiter.finished.iter().map(|end| format!("`{end}`")).collect();
    let ends = format!(
        "It ends with any of these in `{state}`, the wanted one or not: {}. A state that is not documented counts as \
         work going on.",
        ends.join(", ")
    );
    let errors = "Raises `TimeoutError` when it takes too long (the work itself goes on: wait again), `DecodeError` for \
                  an answer without a state, and what reading raises.";
    let caution = if kind.is_async { "on the event loop's thread" } else { "cannot call a blocking client" };
    let joint = if kind.is_async { ", " } else { "; " };
    let mut items: Vec<(String, String)> = params
        .iter()
        .map(|(name, param)| (name.clone(), meaning(&in_python(&param.doc, &names), &param.ty)))
        .filter(|(_, meaning)| !meaning.is_empty())
        .collect();
    let own = [
        ("interval", "Seconds between two looks. Default: 5.".to_owned()),
        ("timeout", "Seconds to wait altogether. Default: 3600.".to_owned()),
        (
            "progress",
            format!(
                "Called with the state after each look{joint}{caution}. What it raises ends the wait, and is raised."
            ),
        ),
    ];
    items.extend(own.map(|(name, doc)| (name.to_owned(), doc)));
    docstring("        ", &[summary(operation), ends, errors.to_owned()], &items)
}
