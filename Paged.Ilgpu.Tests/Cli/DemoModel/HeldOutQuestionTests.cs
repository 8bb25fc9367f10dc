using Paged.Ilgpu.Cli.DemoModel;
using Paged.Ilgpu.Tests.Support;

namespace Paged.Ilgpu.Tests.Cli.DemoModel;

internal sealed class HeldOutQuestionTests
{
    private const string Story = "Long ago a fox lived near the village. The fox wanted a bell. One day it lay under the stone. And the fox was happy.";

    private static readonly HeldOutQuestion StoryQuestion = new("story", "Tell a short story about a fox and a bell.", null, "short", "fox", "bell");

    private static string Folder => DemoModelFolder.Installed.Path;

    [Test]
    public void there_are_1000_different_questions_of_ten_tasks()
    {
        IReadOnlyList<HeldOutQuestion> questions = HeldOutQuestion.ReadAll(Folder);
        Assert.Multiple(() =>
        {
            Assert.That(questions, Has.Count.EqualTo(1000));
            Assert.That(questions.Select(question => question.Question), Is.Unique);
            Assert.That(questions.Select(question => question.Task).Distinct().Count(), Is.EqualTo(10));
        });
    }

    [TestCase("3, 4, 5", true)]
    [TestCase("3, 4, 5 ", false)]
    [TestCase("3, 4", false)]
    public void an_answer_is_right_when_every_character_is(string answer, bool isRight)
    {
        var question = new HeldOutQuestion("count", "Count from 3 to 5.", "3, 4, 5", null, null, null);
        Assert.That(question.IsAnsweredBy(answer, StoryGrammar.Read(Folder)), Is.EqualTo(isRight));
    }

    [TestCase(Story, true)]
    [TestCase(Story + " The end.", false, Description = "a sentence that the grammar does not have")]
    [TestCase("Long ago a hen lived near the village. The hen wanted a bell. One day it lay under the stone. And the hen was happy.", false,
        Description = "another hero than was asked for")]
    [TestCase("Long ago a fox lived near the village. The fox wanted a bell. One day it lay under the stone. And the hen was happy.", false,
        Description = "a hero who changes in the middle")]
    [TestCase("", false)]
    public void a_story_is_right_when_the_grammar_parses_it(string story, bool isRight) =>
        Assert.That(StoryQuestion.IsAnsweredBy(story, StoryGrammar.Read(Folder)), Is.EqualTo(isRight));

    [Test]
    public void a_damaged_line_is_named()
    {
        using var folder = new TestFolder();
        folder.Write("held-out.jsonl", """{"task": "add", "question": "What is 1 + 1?", "answer": "2"}""" + "\n" + """{"task": "add"}""" + "\n");
        Refusal.Of(() => HeldOutQuestion.ReadAll(folder.Path), "Line 2", "held-out.jsonl");
    }

    [Test]
    public void an_absent_file_is_named()
    {
        using var folder = new TestFolder();
        Refusal.Of(() => HeldOutQuestion.ReadAll(folder.Path), "held-out.jsonl");
        Refusal.Of(() => StoryGrammar.Read(folder.Path), "story-grammar.json");
    }
}
