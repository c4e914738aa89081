"""One journal line as one line for a person."""

from rich.text import Text

Entry = dict[str, object]


def event_line(entry: Entry) -> Text:
    """Time, what happened, and the rest of the line in words."""
    time = str(entry.get("time", ""))[11:23]
    event = str(entry.get("event", "?"))
    text = Text(f"  {time}  ", style="bright_black", overflow="ellipsis", no_wrap=True)
    if event == "transition":
        source, dest = entry.get("from"), entry.get("to")
        text.append(f"{source} stays" if source == dest else f"{source} → {dest}", style="bold default")
        return text.append(f"  {entry.get('trigger')}: {entry.get('cause')}", style="not bold default")
    style = {"uncovered": "bold red", "halted": "bold red", "command": "magenta"}.get(event, "cyan")
    text.append(f"{event}  ", style=style)
    return text.append(_rest(event, entry), style="default")


def _rest(event: str, entry: Entry) -> str:
    changed = entry.get("changed")
    if event == "orders" and isinstance(changed, dict):
        return ", ".join(f"{_short_id(str(order))} {status}" for order, status in changed.items())
    if event == "signal":
        return f"{entry.get('key')}: {entry.get('verdict')} {entry.get('detail') or ''}".rstrip()
    if event == "uncovered":
        return f"{entry.get('quantity')}: {entry.get('why')}"
    if event == "covered" and "ms" in entry:
        return f"again after {entry['ms']} ms"
    hidden = {"seq", "time", "event", "lost"}
    return ", ".join(f"{name} {value}" for name, value in entry.items() if name not in hidden)


def _short_id(client_id: str) -> str:
    """Role, leg and revision: the trade is the same in all of them."""
    return "-".join(client_id.split("-")[2:]) or client_id
