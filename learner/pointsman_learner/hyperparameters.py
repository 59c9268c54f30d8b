"""Every number that decides how the learner learns and decides, with its meaning and where it comes from.

What an operator may set is in `settings`. What is merely numerical (how far a logarithm is kept off zero) or part of a
format stands where it is used, with its reason.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import product
from typing import Any


def _set(value: object, meaning: str, source: str) -> Any:  # noqa: ANN401 - a field of whatever type
    """One hyperparameter. source: begins with "paper", "unit", "ablation" or "by hand", which no ablation has tried."""
    return field(default=value, metadata={"meaning": meaning, "source": source})


@dataclass(frozen=True, slots=True)
class Hyperparameters:
    """All of them. An ability is the probit of P(right); utility is quality minus what dollars and seconds are worth.

    >>> Hyperparameters().level, Hyperparameters.__dataclass_fields__["level"].metadata["source"]
    (0.52, 'by hand')
    """

    # What is believed of a model before anything is known
    level: float = _set(
        0.52,
        "ability before anything is known: .70 where that were certain; what is not known of it draws P(right) to .65",
        "by hand",
    )
    lowest_quality: float = _set(0.02, "P(right) of a model is kept above: nothing is certain unasked", "by hand")
    highest_quality: float = _set(0.985, "P(right) of a model is kept below", "by hand")
    price_slope: float = _set(
        0.18,
        "ability that ten times the price is taken to buy",
        "ablation: a steeper one .890 to .907 (FINDINGS, tried)",
    )
    results_slope: float = _set(
        0.7, "ability that a standard deviation of public results buys", "ablation: finding 24, .3 to 1.3 by table"
    )
    results_sd: tuple[float, float] = _set(
        (0.3, 0.2), "prior spread of that: of all categories together, of each against the others", "by hand"
    )
    results_below: float = _set(0.5, "share of those spreads by which a node differs from the one above it", "by hand")
    results_near: float = _set(
        0.75, "share of the slope that goes to categories by their nearness, the rest evenly", "ablation: finding 24"
    )
    results_lived: float = _set(
        0.3, "share of the outcomes that results are worth by which exploration is as if they were lived",
        "ablation: finding 24",
    )  # fmt: skip
    operator_outcomes: float = _set(10.0, "outcomes that an operator's word on a model's quality is worth", "by hand")
    relative_share: float = _set(
        0.7, "share of a relative's own effects that a model which comes later starts from", "by hand"
    )
    outcome_information: float = _set(0.58, "information of an outcome on an ability, where .7 are right", "unit")
    typical_output_tokens: float = _set(300.0, "length of an answer, to list a price before any was counted", "by hand")
    unknown_cost: float = _set(1e-3, "dollars of a call where no model has a price", "by hand")
    typical_latency_ms: float = _set(1500.0, "latency before any was measured; what is learnt is a ratio to it", "unit")

    # Features of a query, on the scale of the traffic
    embedding_dimensions: int = _set(
        64, "leading dimensions of the embedding that are used: they stand alone", "paper: Matryoshka embeddings (2022)"
    )
    moments_prior: float = _set(30.0, "queries that the prior spread of a feature counts for", "by hand")
    prior_surface_sd: float = _set(0.25, "spread of a surface feature before any query; they lie in [0, 1]", "unit")
    prior_embedding_sd: float = _set(0.07, "spread of one of 256 dimensions at length 1: about 1 / 16", "unit")
    lowest_sd: float = _set(0.02, "spread below which a feature is not blown up further", "by hand")
    furthest_sd: float = _set(3.0, "standard deviations beyond which a feature counts no further", "by hand")
    clusters: int = _set(16, "clusters of the traffic", "ablation: offline fits on four tables (finding 6)")
    clusters_found: tuple[int, int] = _set((64, 256), "queries among which they are found, and found again", "by hand")
    cluster_sharpness: float = _set(4.0, "inverse temperature of memberships, over squared distance", "by hand")
    cluster_memory: float = _set(500.0, "queries over which a center is averaged at the most", "by hand")

    # Estimators of ability: taxonomy, learned router, and the trust in each
    taxonomy_sharpness: float = _set(
        24.0, "inverse temperature of memberships: cosines of neighbouring nodes differ by about 0.1", "unit"
    )
    leaves_a_query: int = _set(3, "leaves that a query may belong to", "by hand")
    shared_sd: tuple[float, ...] = _set(
        (0.5, 0.4, 0.5, 0.3), "prior spread of a node's common effect: root, domain, task, grown", "by hand"
    )
    own_sd: tuple[float, ...] = _set(
        (0.6, 0.4, 0.8, 0.4), "prior spread of a model's own effect at a node, by the same", "by hand"
    )
    router_common_sd: float = _set(0.8, "prior spread of a weight of the router's common estimator", "by hand")
    router_own_sd: float = _set(0.4, "prior spread of a weight of one model's estimator", "by hand")
    router_scales: tuple[float, float, float] = _set(
        (2.0, 2.0, 0.5), "what a constant, clusters and features are multiplied with: how much each may matter",
        "ablation: offline fits on four tables (finding 6)",
    )  # fmt: skip
    doubts: tuple[tuple[float, float], ...] = _set(
        ((0.0, 0.0), (0.03, 0.0), (0.1, 0.0), (0.3, 0.0), (1.0, 0.0), (0.0, 0.03), (0.0, 0.1), (0.0, 0.3), (0.0, 1.0)),
        "grid of the variance of ability that (taxonomy, learned router) may lack",
        "ablation: finding 9",
    )
    trust_forgets: float = _set(0.999, "what an episode's log evidence of a doubt is worth one episode on", "by hand")
    cost_prior: float = _set(3.0, "calls that the parent's mean ratio of cost counts for", "by hand")
    empty_node_weight: float = _set(0.1, "calls that a node without any counts for in a mean over nodes", "by hand")
    wildest_ratio: float = _set(
        1000.0, "a call that claims to have cost more times its list price counts as this", "unit"
    )
    adwin_delta: float = _set(0.002, "false-alarm rate of a test for drift", "paper: Bifet & Gavalda (2007)")
    widens: float = _set(0.5, "share of the way to its prior that a model's variance goes on an alarm", "by hand")

    # Joint model of answers: item response theory
    rho: float = _set(1.5, "spread of the difficulty that all models share, before tuning", "by hand")
    collides: float = _set(0.2, "P(a wrong answer repeats an earlier wrong one), before tuning", "by hand")
    differs: float = _set(0.03, "P(a right answer is worded differently), before tuning", "by hand")
    rarest: float = _set(
        1e-4, "P(right given difficulty) is kept this far from 0 and 1: a model may surprise", "by hand"
    )
    joint_grid: tuple[tuple[float, float, float], ...] = _set(
        tuple(product((0.3, 0.8, 1.3, 2.0, 3.5), (0.1, 0.25, 0.45), (0.02, 0.08, 0.25))),
        "grid of (rho, collides, differs): from failing alone to failing together, from keys that say all to little",
        "ablation: .45 was added for .910 instead of .905 with keys",
    )
    rho_prior: float = _set(
        1.0, "rate of the exponential prior on rho", "ablation: a prior around 1.5 was worse (FINDINGS, tried)"
    )
    tuning_forgets: float = _set(
        0.999, "what an episode's log evidence of a grid point is worth one episode on", "by hand"
    )
    tune_every: int = _set(5, "episodes without feedback of which one tunes: it takes as long as ten decisions", "unit")

    # Judges
    score_bins: int = _set(64, "bins of a judge's histogram of scores", "by hand")
    empty_bin: float = _set(0.25, "scores that each bin counts for before any", "by hand")
    model_shrinkage: float = _set(
        20.0, "scores of a model that weigh as much as those of all in what is usual", "by hand"
    )
    prior_separation: float = _set(0.8, "d' of a judge before any feedback: an AUC of .71", "unit")
    prior_correlation: float = _set(0.5, "of two judges' normal scores given the truth", "by hand")
    prior_class_variance: float = _set(0.75, "of a normal score given the truth, before any label", "by hand")
    prior_labels: float = _set(
        6.0, "labels that the prior class means count for", "ablation: four times as many, .806 to .829 (finding 12)"
    )
    longest_odds: float = _set(5.0, "log odds beyond which judges are not believed", "by hand")
    odds_variances: tuple[float, float, float, float] = _set(
        (0.25, 0.1, 0.1, 0.25), "prior variance of offset and slope of judges' odds, and of both on one cluster",
        "ablation: finding 14",
    )  # fmt: skip
    recalibration_variances: tuple[float, float, float] = _set(
        (0.25, 0.04, 0.04), "prior variance of offset, prior's slope and odds' slope of the last recalibration",
        "ablation: finding 12",
    )  # fmt: skip
    information_per_gradient: float = _set(
        0.2, "information that evidence has at least, as a share of its gradient: no step above 5", "by hand"
    )
    word_bound: float = _set(0.01, "chance of a user's word that is never ruled out, in weighing evidence", "by hand")
    soft: float = _set(
        0.5, "how far verdicts are trusted to teach where nobody has spoken", "ablation: findings 7 and 11"
    )
    flipped: float = _set(
        0.03, "share of words that are taken for mistaken at least, where they teach of several answers", "by hand"
    )
    session_spoilt: float = _set(0.7, "chance that a wrong answer spoils the session that it is in", "by hand")
    session_slip: float = _set(0.05, "chance that a session turns out ill though all its answers are right", "by hand")
    slip_rates: tuple[float, ...] = _set(
        (0.005, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4), "grid of the rates at which a source of words may be mistaken",
        "by hand",
    )  # fmt: skip
    slip_prior: tuple[float, float] = _set((1.0, 30.0), "beta prior of those: a mean of .03", "by hand")
    slip_pooled: float = _set(
        20.0, "words of a source that all those of its key, or of its tenant, count for", "by hand"
    )
    slip_fades: float = _set(0.995, "what a word tells of its source one word of it on", "by hand")
    share_fades: float = _set(0.998, "what a word counts in its source's share one word of anybody on", "by hand")
    surprise_sd: float = _set(2.0, "standard deviations of a source's surprises that chance explains", "by hand")
    sources: int = _set(2_000, "sources that are remembered, those that spoke last", "by hand")
    keyed: float = _set(0.9, "share of answers that are taken to have a key, before any", "by hand")
    keyed_rate: float = _set(0.02, "by how much one answer moves that share", "by hand")

    # Exploration
    optimism: float = _set(
        3.0,
        "standard deviations of its ability that count for a model before any outcome",
        "ablation: finding 10; 1 to 4 alike",
    )
    fade_outcomes: float = _set(
        10.0, "outcomes after which what chance leaves undecided has fallen by 1 / sqrt(2)", "by hand"
    )
    unspoken: float = _set(
        0.2, "outcomes that an answered episode counts for without a word of users", "ablation: finding 13"
    )
    gap_sharpness: float = _set(
        100.0,
        "gamma of first calls, times the root of the outcomes",
        "paper: gamma of Foster & Rakhlin (2020); size by hand",
    )
    stop_sharpness: float = _set(
        200.0,
        "the same for stopping or going on: a wrong turn is one call, not a query",
        "paper: the same; size by hand",
    )
    guarantee_sd: float = _set(
        0.7,
        "standard deviations of an ability between what is sure of a model and what is estimated",
        "ablation: .6 to 1 alike (finding 22)",
    )
    guarantee_shared: float = _set(
        0.36, "correlation of two models' abilities: the common effects' share of their prior variance", "unit"
    )
    guarantee_prior: float = _set(
        3.0, "outcomes that the prior of an ability is worth: its doubt shrinks by the root of those that come", "unit"
    )
    guarantee_memory: float = _set(
        0.995,
        "share of a departure that is not settled yet one decision on: some two hundred are weighed again",
        "by hand",
    )
    guaranteed_tenants: int = _set(10_000, "tenants whose guarantees are remembered, those that came last", "by hand")
    most_credit: float = _set(20.0, "utility that a guarantee saves up at most: that of some twenty queries", "by hand")
    near: float = _set(0.25, "utility below the best up to which a choice is drawn by its gap", "by hand")
    thompson_draws: int = _set(16, "draws of all abilities a first call, for Thompson sampling", "by hand")
    trials: float = _set(
        10.0, "times its share that the control draw has on top before anything is known", "ablation: finding 15"
    )
    may_be: float = _set(
        2.0, "standard errors by which a plan may be better than valued, for the control draw", "ablation: finding 15"
    )

    # Planning
    switch_cost: float = _set(0.02, "utility by which another model must beat the session's", "by hand")
    failed_call: float = _set(0.02, "utility that a failed call costs, however quick: as a switch", "by hand")
    shortlist: int = _set(
        16,
        "models that later calls of a plan are chosen from, so that its cost grows with the models and no faster",
        "by hand",
    )
    call_worth: float = _set(
        0.003, "utility that one more call must earn: it takes time, its worth is an estimate", "by hand"
    )
    bundle_edges: tuple[float, ...] = _set(
        (-0.9, 0.0, 0.9), "edges of the bins of judges' combined score in lookahead, in standard deviations", "by hand"
    )
    least_separation: float = _set(0.05, "d' below which asking judges is taken to tell nothing", "by hand")

    spoke: float = _set(0.75, "share of precision from which one opinion is said to have spoken alone", "by hand")

    # Budgets: primal-dual pacing, Balseiro & Gur (2019)
    pace_step: float = _set(
        0.04, "by how much one query's worth of excess moves log lambda", "ablation: finding 26, .03 to .06 alike"
    )
    pace_first_step: float = _set(1.0, "times larger that the step is at the start, on top", "ablation: finding 26")
    pace_settles: float = _set(50.0, "queries after which that has halved", "by hand")
    pace_elasticity: float = _set(
        1.5, "share of itself by which spending is taken to fall where log lambda rises by 1", "ablation: finding 26"
    )
    pace_repays: float = _set(
        100.0, "queries over which spending is aimed to repay a debt", "ablation: finding 26, 75 to 150 alike"
    )
    pace_spends: float = _set(1000.0, "queries over which spending is aimed to use up what was saved", "by hand")
    most_repaid: float = _set(0.5, "share of a budget by which spending is aimed below it at the most", "by hand")
    most_debt: float = _set(300.0, "queries' worth of debt that is remembered at the most", "by hand")
    most_saved: float = _set(
        40.0, "queries' worth of savings that are remembered at the most: 2 % of 2,000 queries", "by hand"
    )
    first_lambda: float = _set(0.05, "quality that doubling the budget is taken to be worth at first", "by hand")
    lambda_bounds: tuple[float, float] = _set(
        (0.001, 2.0), "quality that doubling the budget is worth at least, at most", "unit"
    )

    # Jobs and what they look at
    recent_residuals: int = _set(1500, "residuals that growth looks at", "by hand")
    residual_weight: float = _set(0.5, "of an outcome that a residual must weigh to be kept", "by hand")
    residual_dimensions: int = _set(64, "leading dimensions of the embedding that are kept with each", "by hand")
    recent_outcomes: int = _set(2000, "outcomes that recalibration looks at", "by hand")
    growth_residuals: int = _set(40, "residuals that a leaf needs to split", "by hand")
    growth_confidence: float = _set(0.999, "of the test that its halves differ", "by hand")
    growth_least_variance: float = _set(0.05, "of a model's residuals, where they happen to be alike", "by hand")
    growth_least_residuals: int = _set(3, "of a model in each half, for it to speak in the test", "by hand")
    growth_halflife: float = _set(0.3, "of River's KMeans that parts a leaf", "by hand")
    merge_evidence: float = _set(400.0, "outcomes after which two grown leaves that are alike merge", "by hand")
    recalibrate_outcomes: int = _set(100, "outcomes that a refit needs", "by hand")
    rebuild_calls: float = _set(20.0, "calls that the log must have for a figure to be put right", "by hand")
    rebuild_weight: float = _set(
        200.0, "calls that such a figure weighs at the most: later ones still move it", "by hand"
    )
    rebuild_far: float = _set(0.2, "share by which it must be off", "by hand")
    promote_error: float = _set(
        0.05, "chance that, in the life of a log, anything that is not better is ever promoted", "unit"
    )
    promote_freeze: int = _set(
        100, "rewarded decisions between two copies of the estimates that candidates decide by", "by hand"
    )
    promote_known: int = _set(
        2000, "rewarded decisions that are remembered, so that a second word on one is not a second decision", "by hand"
    )
    promote_cuts: tuple[float, ...] = _set(
        (2.0, 5.0, 12.0, 30.0, 100.0), "ratios of chances beyond which a candidate is given no more",
        "ablation: finding 17",
    )  # fmt: skip
    promote_stakes: tuple[float, ...] = _set(
        (0.9, 0.4, 0.15), "share of its capital that each bet on a candidate can lose by one decision",
        "ablation: finding 17",
    )  # fmt: skip
    correction_weight: float = _set(2.0, "what a correction counts against a thumb: it took effort", "by hand")


H = Hyperparameters()
"""Those in force."""
