using Paged.Ilgpu.Cli.Planning;

namespace Paged.Ilgpu.Cli.Report;

/// <summary>The figures of a plan, naive and paged side by side.</summary>
internal sealed class PlanTable
{
    private readonly PlanSummary? _naive;
    private readonly PlanSummary _paged;
    private readonly TextTable _table = new("", "naive", "paged", "paged / naive");

    private PlanTable(PlanSummary? naive, PlanSummary paged)
    {
        _naive = naive;
        _paged = paged;
    }

    /// <param name="naive">Null where not one sequence fits.</param>
    /// <param name="paged">The paged cache.</param>
    public static TextTable Of(PlanSummary? naive, PlanSummary paged)
    {
        var table = new PlanTable(naive, paged);
        table.AddRows();
        return table._table;
    }

    private void AddRows()
    {
        Fact("blocks × tokens", plan => $"{plan.Blocks:N0} × {plan.BlockSize:N0}");
        Figure("sequences at once, peak", plan => plan.PeakSequences, Numbers.Count);
        Figure("sequences at once", plan => plan.Typical.Sequences, Numbers.Count);
        Figure("slots owned", plan => plan.Typical.OwnedSlots, Numbers.Count);
        Figure("slots with a token", plan => plan.Typical.StoredSlots, Numbers.Count);
        Fact("  share of the pool", plan => Numbers.Percent(plan.Typical.StoredShareOfPool));
        Figure("slots wasted", plan => plan.Typical.WastedSlots, Numbers.Count);
        Fact("  memory", plan => Numbers.Bytes(plan.Typical.WastedBytes));
        Fact("  share of the pool", plan => Numbers.Percent(plan.Typical.WastedShareOfPool));
        Fact("  share of device memory", plan => Numbers.Percent(plan.Typical.WastedShareOfDeviceMemory));
        Figure("steps", plan => plan.Steps, Numbers.Count);
        Fact("preemptions", plan => $"{plan.Preemptions:N0}");
        Fact("  tokens computed again", plan => $"{plan.RecomputedTokens:N0}");
        Fact("prompt tokens in the cache", plan => $"{plan.PrefixHitTokens:N0}");
        Fact("  share", plan => Numbers.Percent(plan.PrefixHitRate));
    }

    private void Figure(string label, Func<PlanSummary, double> value, Func<double, string> show)
    {
        double unit = _naive is null ? 0 : value(_naive);
        string ratio = unit == 0 ? "" : $"{Numbers.Decimal(value(_paged) / unit, 2)} ×";
        _table.Row(label, _naive is null ? "-" : show(unit), show(value(_paged)), ratio);
    }

    private void Fact(string label, Func<PlanSummary, string> show) => _table.Row(label, _naive is null ? "-" : show(_naive), show(_paged), "");
}
