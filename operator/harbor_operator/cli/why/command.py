"""Runs `why`."""

from dataclasses import replace

from harbor_operator.cli.access import at_cluster
from harbor_operator.cli.clock import now
from harbor_operator.cli.failures import CommandError, ExitCode
from harbor_operator.cli.images import Image
from harbor_operator.cli.printing import show
from harbor_operator.cli.why.arguments import WhyOptions
from harbor_operator.cli.why.beyond import go_beyond
from harbor_operator.cli.why.explaining import explain, tell
from harbor_operator.cli.why.gathering import gather, gather_image
from harbor_operator.cli.why.targets import NAMESPACES, Workload, read_target


async def run(options: WhyOptions) -> int:
    """Explain the failed pulls of a workload or of an image; whether there are none."""
    target = read_target(options.target)
    options = _of_namespace(options, target)
    async with at_cluster(options) as (client, namespace):
        if isinstance(target, Image):
            account = options.serviceaccount
            case = await gather_image(client, target, namespace, account, now())
        else:
            case = await gather(client, target, namespace, now())
        case = await go_beyond(case, options, client)
    answer = explain(case)
    show(answer, options.output, lambda paper: tell(answer, paper))
    return ExitCode.NOT_SO if answer.failed else ExitCode.FINE


def _of_namespace(options: WhyOptions, target: Workload | Image) -> WhyOptions:
    """The options with the namespace that the target names, if it is one.

    Raises:
        CommandError: Another one was named, too.
    """
    if isinstance(target, Image) or target.resource is not NAMESPACES:
        return options
    if options.namespace not in {None, target.name}:
        raise CommandError(f"{target} is not in namespace {options.namespace}", ExitCode.USAGE)
    return replace(options, namespace=target.name)
