"""Jobs that change the state now and then: each proposes a change with its evidence, which the fold replays."""
