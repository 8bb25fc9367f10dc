namespace Paged.Ilgpu.Cli.Report.Recording;

/// <summary>
/// The frames of a run, however long it is, in bounded memory: once there are too many, each two become one, and from then on a frame
/// stands for twice as many steps.
/// </summary>
internal sealed class FrameList
{
    /// <summary>Frames at most; half as many remain when they are halved.</summary>
    public const int MostFrames = 4096;

    /// <summary>Changes of cells at most, over all frames: some 3 MB of the page.</summary>
    public const int MostChanges = 500_000;

    private readonly List<Frame> _frames = [];
    private Frame? _open; // not yet as many steps as a frame has
    private long _changes;

    /// <summary>Steps that a frame stands for; the last one may have fewer.</summary>
    public int StepsPerFrame { get; private set; } = 1;

    /// <summary>All frames so far.</summary>
    public IReadOnlyList<Frame> Frames => _open is null ? _frames : [.. _frames, _open];

    /// <summary>Adds the frame of one step.</summary>
    public void Add(Frame step)
    {
        _open = _open is null ? step : Frame.Merge(_open, step);
        if (_open.Steps < StepsPerFrame)
            return;
        _frames.Add(_open);
        _changes += _open.Changes.Length;
        _open = null;
        while (_frames.Count > MostFrames || (_changes > MostChanges && _frames.Count > 1))
            Halve();
    }

    private void Halve()
    {
        for (int i = 0; i < _frames.Count / 2; i++)
            _frames[i] = Frame.Merge(_frames[2 * i], _frames[(2 * i) + 1]);
        if (_frames.Count % 2 == 1)
            _open = _open is null ? _frames[^1] : Frame.Merge(_frames[^1], _open);
        _frames.RemoveRange(_frames.Count / 2, _frames.Count - (_frames.Count / 2));
        _changes = _frames.Sum(frame => (long)frame.Changes.Length);
        StepsPerFrame *= 2;
    }
}
