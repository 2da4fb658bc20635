"""``lockmap completion``: the script that makes a shell complete lockmap's words."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from lockmap.cli.help import examples


@click.command(
    epilog=examples(
        "lockmap completion bash > ~/.local/share/bash-completion/completions/lockmap",
        "lockmap completion zsh > ~/.zfunc/_lockmap",
        "lockmap completion fish > ~/.config/fish/completions/lockmap.fish",
    )
)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print the completion script for a shell."""
    kind = get_completion_class(shell)
    assert kind is not None, shell
    click.echo(kind(ctx.find_root().command, {}, "lockmap", "_LOCKMAP_COMPLETE").source())
