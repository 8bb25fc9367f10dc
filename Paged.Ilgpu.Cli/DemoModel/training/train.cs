// Makes the demo model of `paged`: writes its world's questions and answers, trains its tokenizer and its weights, and scores it.
//
//     dotnet run train.cs -- --minutes 90 --seed 1 --out ..
//
// It needs the .NET SDK and TorchSharp (restored from NuGet; it wants the libstdc++ of Debian 13 or Ubuntu 24.04). Nothing here is
// part of the program itself: the program only reads the files that this one leaves behind. The order of the file:
//
//     1  The run          options, and the six steps
//     2  The world        questions and answers, told by a seed
//     3  The stories      their grammar, as sentences with slots and as one regular expression
//     4  The tokenizer    byte-level BPE in tiktoken's form with Llama 3's special tokens
//     5  The model        Llama 3's arithmetic (Dubey et al. 2024; Touvron et al. 2023, section 2.2)
//     6  Training         batches, Muon and AdamW, schedule
//     7  The score        greedy answers to held-out questions
//     8  The files        params.json, consolidated.00.pth, tokenizer.model, prompts.json, held-out.jsonl, score.json, ...

#:package TorchSharp-cpu@0.107.0
#:property Nullable=enable
#:property PublishAot=false
#:property InvariantGlobalization=true
#:property ServerGarbageCollector=false

using System.Buffers.Binary;
using System.Diagnostics;
using System.IO.Compression;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

// ---------------------------------------------------------------------------------------------------------- 1  The run

var options = args.Chunk(2).ToDictionary(pair => pair[0], pair => pair[1]);
string Option(string name, string otherwise) => options.GetValueOrDefault(name, otherwise);
string outFolder = Option("--out", "out");
int seed = int.Parse(Option("--seed", "1"));
double minutes = double.Parse(Option("--minutes", "90"));
int heldOutCount = int.Parse(Option("--held-out", "1000"));
string? resume = options.GetValueOrDefault("--resume"); // the --out folder of an earlier run, whose tokenizer and checkpoint to go on from
Directory.CreateDirectory(outFolder);
int threads = int.Parse(Option("--threads", "2"));
manual_seed(seed);

var tokenizer = resume is null ? Tokenizer.Train(World.Texts(new Random(seed), 6000), addedCount: 512) : Tokenizer.Load(Path.Combine(resume, "tokenizer.model"));
tokenizer.Save(Path.Combine(outFolder, "tokenizer.model"));
if (options.ContainsKey("--show"))
{
    World.Show(tokenizer, new Random(seed), int.Parse(options["--show"]));
    return;
}

var heldOut = World.HeldOutSet(new Random(seed + 1), heldOutCount);
var prompts = World.Prompts(new Random(seed + 2), 200);
var shape = new Shape { VocabSize = tokenizer.VocabularySize };
var model = new Model(shape);
if (resume is not null)
    model.Load(Path.Combine(resume, "checkpoint.bin"));
Console.WriteLine($"{model.ParameterCount:N0} parameters, vocabulary {shape.VocabSize}, {heldOut.Count} held-out questions");

var trainer = new Trainer(model, tokenizer, seed, minutes, threads, outFolder, heldOut.Take(60).ToList(), copies: resume is not null);
trainer.Run();
model.RoundToBFloat16();
var score = Score.Measure(model, tokenizer, heldOut, threads);
Console.WriteLine(score);
Files.Write(outFolder, model, tokenizer, heldOut, prompts, score, trainer, seed);

// -------------------------------------------------------------------------------------------------------- 2  The world

/// <summary>
/// A question and its answer. The key names the content whatever the wording; it is null where the wording itself is held out. A story's
/// answer is one of many.
/// </summary>
record Example(string Task, string? Key, string Question, string Answer, StoryWish? Story = null);

/// <summary>The closed world of the demo model. Every question is drawn from a seed; one content in eight is never trained on.</summary>
static class World
{
    /// <summary>How often each task is drawn, in percent.</summary>
    static readonly (string Task, int Share, Func<Random, bool, Example> Draw)[] Tasks =
    [
        ("count", 15, Count), ("add", 9, Add), ("subtract", 9, Subtract), ("spell", 10, Spell), ("reverse", 13, Reverse),
        ("alphabet", 8, Alphabet), ("days", 5, Days), ("repeat", 10, Repeat), ("story", 10, Story), ("unknown", 11, Unknown),
    ];

    /// <summary>The largest number that it counts to.</summary>
    public const int MostCounted = 120;

    public static IEnumerable<string> TaskNames => Tasks.Select(task => task.Task);

    /// <summary>Draws a question, by the shares above or, where a need is given, by share times need.</summary>
    public static Example Draw(Random random, bool heldOut, Func<string, double>? need = null)
    {
        double[] shares = [.. Tasks.Select(task => task.Share * (need?.Invoke(task.Task) ?? 1))];
        double ticket = random.NextDouble() * shares.Sum();
        int index = 0;
        while (index < shares.Length - 1 && ticket >= shares[index])
            ticket -= shares[index++];
        while (true)
        {
            var example = Tasks[index].Draw(random, heldOut);
            if (example.Key is null || IsHeldOut(example.Key) == heldOut)
                return heldOut ? example : Careless(random, example);
        }
    }

    /// <summary>FNV-1a over the key: the same split for every seed.</summary>
    static bool IsHeldOut(string key) => key.Aggregate(2166136261u, (hash, c) => (hash ^ c) * 16777619u) / 7 % 8 == 0;

    /// <summary>People leave out capitals and full stops; the training questions do so now and then.</summary>
    static Example Careless(Random random, Example example)
    {
        string question = example.Question;
        if (random.Next(12) == 0 && !question.EndsWith('"'))
            question = question.TrimEnd('.', '?', '!');
        if (random.Next(12) == 0 && !question.StartsWith('I'))
            question = char.ToLowerInvariant(question[0]) + question[1..];
        return example with { Question = question };
    }

    public static List<Example> HeldOutSet(Random random, int count)
    {
        var drawn = new Dictionary<string, Example>();
        while (drawn.Count < count)
        {
            var example = Draw(random, heldOut: true);
            drawn.TryAdd(example.Question, example);
        }
        return [.. drawn.Values];
    }

    /// <summary>Held-out questions in an order that mixes lengths: of any six, four short, one middling, one long.</summary>
    public static List<Example> Prompts(Random random, int count)
    {
        var drawn = HeldOutSet(random, count * 8);
        var bySize = drawn.GroupBy(e => e.Answer.Length < 60 ? 0 : e.Answer.Length < 240 ? 1 : 2).ToDictionary(g => g.Key, g => new Queue<Example>(g));
        int[] pattern = [0, 2, 0, 0, 1, 0];
        return [.. Enumerable.Range(0, count).Select(i => bySize[pattern[i % pattern.Length]].Dequeue())];
    }

    /// <summary>What the tokenizer learns its words from.</summary>
    public static IEnumerable<string> Texts(Random random, int count) =>
        from example in Enumerable.Range(0, count).Select(_ => Draw(random, heldOut: false))
        from text in new[] { example.Question, example.Answer }
        select text;

    /// <summary>Whether a word is among those that one may ask to spell, and so must stay letters.</summary>
    public static bool IsSpelled(string word) => RealWords.Contains(word);

    public static void Show(Tokenizer tokenizer, Random random, int count)
    {
        for (int i = 0; i < count; i++)
        {
            var example = Draw(random, heldOut: i % 2 == 0);
            Console.WriteLine($"[{example.Task}] {example.Question}\n    {example.Answer.ReplaceLineEndings("\n    ")}");
            Console.WriteLine("    " + string.Join('|', tokenizer.Encode(example.Question + "\n" + example.Answer).Select(id => tokenizer.Decode([id]))).ReplaceLineEndings("¶"));
        }
        foreach (var group in Enumerable.Range(0, 4000).Select(_ => Draw(random, false)).GroupBy(e => e.Task))
        {
            var lengths = group.Select(e => tokenizer.Prompt(e.Question).Length + tokenizer.Encode(e.Answer).Length + 1).Order().ToList();
            Console.WriteLine($"{group.Key,-10} {lengths.Count,5} examples, tokens: mean {lengths.Average():F0}, median {lengths[lengths.Count / 2]}, most {lengths[^1]}");
        }
    }

    static T Pick<T>(this Random random, params T[] choices) => choices[random.Next(choices.Length)];

    static Example Count(Random random, bool heldOut)
    {
        int steps = 1 + (int)(100 * Math.Pow(random.NextDouble(), 4.5));
        int low = random.Next(Math.Min(random.Pick(20, MostCounted + 1, MostCounted + 1), MostCounted + 1 - steps));
        int high = low + steps;
        bool up = random.Next(100) < 60;
        (int from, int to) = up ? (low, high) : (high, low);
        string question = up
            ? random.Pick($"Count from {from} to {to}.", $"Count up from {from} to {to}.", $"Please count from {from} to {to}.",
                $"Can you count from {from} to {to}?", $"List the numbers from {from} to {to}.", $"Count to {to} starting at {from}.")
            : random.Pick($"Count from {from} to {to}.", $"Count down from {from} to {to}.", $"Count backwards from {from} to {to}.",
                $"Please count down from {from} to {to}.", $"Can you count down from {from} to {to}?", $"List the numbers from {from} down to {to}.");
        var numbers = Enumerable.Range(low, steps + 1);
        return new("count", $"count {from} {to}", question, string.Join(", ", up ? numbers : numbers.Reverse()));
    }

    static Example Add(Random random, bool heldOut)
    {
        int a = random.Next(31), b = random.Next(31);
        string question = random.Pick($"What is {a} + {b}?", $"What is {a} plus {b}?", $"Add {a} and {b}.", $"Add {b} to {a}.", $"How much is {a} + {b}?",
            $"{a} + {b} = ?", $"What is the sum of {a} and {b}?");
        return new("add", question, question, $"{a + b}");
    }

    static Example Subtract(Random random, bool heldOut)
    {
        int a = random.Next(31), b = random.Next(31);
        (a, b) = (Math.Max(a, b), Math.Min(a, b));
        string question = random.Pick($"What is {a} - {b}?", $"What is {a} minus {b}?", $"Subtract {b} from {a}.", $"Take {b} from {a}.", $"How much is {a} - {b}?",
            $"{a} - {b} = ?", $"Take away {b} from {a}.");
        return new("subtract", question, question, $"{a - b}");
    }

    static Example Spell(Random random, bool heldOut)
    {
        string word = Word(random);
        string question = random.Pick($"Spell the word {word}.", $"Spell {word}.", $"How do you spell {word}?", $"Please spell the word \"{word}\".",
            $"How is \"{word}\" spelled?", $"Spell \"{word}\" letter by letter.");
        return new("spell", $"word {word}", question, string.Join('-', word.ToCharArray()));
    }

    static Example Reverse(Random random, bool heldOut)
    {
        string word = Word(random);
        string question = random.Pick($"Reverse the word {word}.", $"Reverse {word}.", $"Write {word} backwards.", $"Write the word \"{word}\" backwards.",
            $"What is \"{word}\" spelled backwards?", $"Turn \"{word}\" around.");
        return new("reverse", $"word {word}", question, string.Concat(word.Reverse()));
    }

    static Example Alphabet(Random random, bool heldOut)
    {
        int a = random.Next(26), b = (a + random.Next(1, 26)) % 26;
        if (a > b && random.Next(3) > 0)
            (a, b) = (b, a);
        (char from, char to) = ((char)('a' + a), (char)('a' + b));
        var letters = Enumerable.Range(Math.Min(a, b), Math.Abs(a - b) + 1).Select(i => (char)('a' + i));
        string question = random.Pick($"Say the alphabet from {from} to {to}.", $"List the letters from {from} to {to}.", $"Recite the alphabet from {from} to {to}.",
            $"What are the letters from {from} to {to}?", $"Give me the alphabet from {from} to {to}.");
        return new("alphabet", $"alphabet {from} {to}", question, string.Join(", ", a <= b ? letters : letters.Reverse()));
    }

    static readonly string[] WeekDays = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

    static Example Days(Random random, bool heldOut)
    {
        int from = random.Next(7), steps = random.Next(1, 7);
        string first = WeekDays[from], last = WeekDays[(from + steps) % 7];
        string question = random.Pick($"Name the days from {first} to {last}.", $"List the days of the week from {first} to {last}.", $"Say the days from {first} to {last}.",
            $"Which days are there from {first} to {last}?", $"What are the days from {first} to {last}?", $"Give me the days of the week from {first} until {last}.");
        return new("days", $"days {from} {steps}", question, string.Join(", ", Enumerable.Range(from, steps + 1).Select(i => WeekDays[i % 7])));
    }

    static Example Repeat(Random random, bool heldOut)
    {
        string sentence = Sentence(random);
        int times = 1 + (int)(12 * Math.Pow(random.NextDouble(), 1.6));
        string count = times == 1 ? random.Pick("once", "one time") : random.Next(2) == 0 ? $"{times} times" : $"{NumberWords[times]} times";
        string question = random.Pick($"Repeat {count}: {sentence}", $"Repeat this sentence {count}: {sentence}", $"Say this {count}: {sentence}",
            $"Say \"{sentence}\" {count}.", $"Write \"{sentence}\" {count}.", $"Please repeat the sentence \"{sentence}\" {count}.");
        return new("repeat", $"repeat {times} {sentence}", question, string.Join('\n', Enumerable.Range(1, times).Select(i => $"{i}. {sentence}")));
    }

    static Example Story(Random random, bool heldOut)
    {
        var wish = StoryWish.Draw(random);
        return new("story", $"story {wish.Length} {wish.Hero} {wish.Thing}", wish.Question(random), StoryGrammar.Tell(random, wish), wish);
    }

    static Example Unknown(Random random, bool heldOut)
    {
        string question;
        if (random.Next(40) == 0 && !heldOut) // what it can do is no secret
            return new("unknown", null, random.Pick("What can you do?", "Help!", "Hello!", "Hello", "Who are you?", "What do you know?"), Questions.Skills);
        if (!heldOut && random.Next(6) == 0) // any words at all, in any order
        {
            question = string.Join(' ', Enumerable.Range(0, random.Next(1, 9)).Select(_ => random.Pick(Word(random), random.Pick(Questions.Nouns), random.Pick(Questions.Fillers))));
            question = char.ToUpperInvariant(question[0]) + question[1..] + random.Pick(".", "?", "!");
        }
        else
        {
            string template = random.Pick(heldOut ? Questions.HeldOutTemplates : Questions.Templates);
            question = Regex.Replace(template, "\\{(\\w+)\\}", slot => slot.Groups[1].Value switch
            {
                "noun" => random.Pick(Questions.Nouns),
                "name" => random.Pick(Questions.Names),
                "land" => random.Pick(Questions.Lands),
                "word" => Word(random),
                "n" => $"{random.Next(100)}",
                var other => throw new InvalidOperationException($"The template names an unknown slot '{other}'."),
            });
        }
        return new("unknown", null, question, "I do not know.");
    }

    static readonly string[] NumberWords = ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"];

    static readonly string[] Subjects = ["fox", "old man", "cook", "little bird", "captain", "gardener", "children", "river", "moon", "painter", "horse", "grandmother", "teacher", "rabbit", "wind", "clown"];
    static readonly string[] Adjectives = ["red", "tired", "happy", "clever", "brave", "quiet", "young", "hungry", "kind", "tall", "strange", "lazy"];
    static readonly string[] Verbs = ["runs", "sings", "waits", "sleeps", "dances", "laughs", "works", "hides", "walks", "whistles", "stops", "dreams"];
    static readonly string[] Where = ["in the garden", "by the sea", "under the bridge", "near the old mill", "on the hill", "at home", "in the rain", "behind the house", "all day long", "before breakfast", "in the market", "with a smile"];

    static string Sentence(Random random) => random.Next(6) switch
    {
        0 => Capital($"{Word(random)} {random.Pick("is", "was")} {random.Pick("here", "there", "late", "right", "early")}."),
        1 => Capital($"{random.Pick("I", "we", "you", "they")} {random.Pick("like", "see", "want", "need", "have")} {random.Next(2, 100)} {random.Pick(Questions.Nouns)}s."),
        2 => $"The {random.Pick(Subjects)} {random.Pick(Verbs)}.",
        3 => $"The {random.Pick(Adjectives)} {random.Pick(Subjects)} {random.Pick(Verbs)}.",
        4 => $"The {random.Pick(Subjects)} {random.Pick(Verbs)} {random.Pick(Where)}.",
        _ => $"A {random.Pick(Adjectives)} {random.Pick(Questions.Nouns)} and a {random.Pick(Adjectives)} {random.Pick(Questions.Nouns)}.",
    };

    static string Capital(string text) => char.ToUpperInvariant(text[0]) + text[1..];

    static readonly string[] RealWords = [.. Questions.Words.Concat(Questions.Nouns).Concat(StoryGrammar.Variables["hero"]).Concat(StoryGrammar.Variables["thing"]).Distinct()];

    /// <summary>Half of the words are real, half are made of syllables, so that any word can be spelled.</summary>
    static string Word(Random random)
    {
        if (random.Next(2) == 0)
            return random.Pick(RealWords);
        string word = "";
        int length = random.Next(3, 11);
        while (word.Length < length)
        {
            word += random.Pick("b", "c", "d", "f", "g", "h", "j", "k", "l", "m", "n", "p", "qu", "r", "s", "t", "v", "w", "x", "y", "z", "st", "tr", "ch", "sh", "br", "pl", "th", "");
            word += random.Pick("a", "e", "i", "o", "u", "a", "e", "o", "ee", "oo", "ai", "y");
            word += random.Pick("", "", "n", "r", "l", "t", "s", "m", "ck", "ll", "p", "d");
        }
        return word[..length];
    }
}

/// <summary>The words of the world, and what it does not know.</summary>
static class Questions
{
    public const string Skills = "I can count, add, subtract, spell, reverse words, say the alphabet and the days, repeat a sentence and tell a story.";

    public static readonly string[] Words = """
        apple arrow autumn bakery banana barrel basket beach bird blanket boat bottle branch bread bridge bright brother bucket butter button cabin
        camel candle captain carpet carrot castle chair cheese cherry chicken circle city clock cloud coffee comet copper corner cotton cradle
        crystal curtain dance desert diamond dinner doctor dolphin donkey dragon dream eagle earth elephant engine evening falcon family farmer
        feather fiddle finger flower forest fountain friend frozen garden ghost giant ginger glass globe grape guitar hammer harbor harvest
        hat helmet honey horse house island jacket jewel journey jungle kettle kingdom kitchen kitten ladder lantern lemon letter library lion
        lizard magnet market meadow mirror monkey moon morning mountain mouse music needle nest night north notebook ocean office onion orange
        orchard otter owl paddle paint palace pancake paper parrot pebble pencil pepper piano picnic pigeon pillow pirate planet plum pocket
        pony potato prince pumpkin puzzle queen rabbit radio rain rainbow raven ribbon river robot rocket roof rose saddle sailor salt sand
        school sea shadow sheep shell ship silver sister snow soldier song spider spoon spring squirrel star stone storm story summer sun
        sweater table tailor teacher temple thunder tiger tower train treasure tree trumpet tulip tunnel turtle umbrella uncle valley velvet
        village violin wagon walnut water weather whale wheel whisper willow window winter wizard wolf wood yellow zebra zipper
        """.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);

    public static readonly string[] Nouns = """
        stone car book ship star tree cake song house river train lake lion bank phone shoe wheel coin dog cat horse garden camera engine spoon
        planet mountain city dream shop road pear ticket letter film game school nurse pilot bus bicycle shirt dress tooth knee lamp chair soup
        """.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);

    public static readonly string[] Names = "Hamlet Anna Peter Mozart Napoleon Newton Maria Picasso Columbus Julia Caesar Homer Darwin Alice Otto Sarah Galileo Bach Emma Plato".Split(' ');
    public static readonly string[] Lands = "France Japan Brazil Egypt Norway India Canada Spain Kenya Peru Poland China Italy Texas Rome Berlin London Paris Africa Europe".Split(' ');
    public static readonly string[] Fillers = "the of from to is what who count word times two day days letters a in by story number spell and why not it on with".Split(' ');

    public static readonly string[] Templates =
    [
        "Who wrote {name}?", "Who was {name}?", "Who is {name}?", "Who invented the {noun}?", "Who painted the {noun}?", "Who is the king of {land}?",
        "What is the capital of {land}?", "What is the weather in {land}?", "What is a {noun}?", "What is the price of a {noun}?", "What is the name of your {noun}?",
        "What is the best {noun}?", "What is the square root of {n}?", "What is {n} times {n}?", "What is {n} divided by {n}?", "What is love?", "What is the time?",
        "What time is it in {land}?", "What color is the {noun}?", "What does {word} mean?", "What did {name} do?", "What happened in {land}?", "What should I eat with {word}?",
        "Where is {land}?", "Where is my {noun}?", "Where can I buy a {noun}?", "Where was {name} born?", "Where do I find a good {noun}?",
        "When was {name} born?", "When did {name} die?", "When does the {noun} leave?", "When is the next {noun}?", "When is your birthday?",
        "Why is the {noun} blue?", "Why do people like a {noun}?", "Why did {name} go to {land}?", "Why is it so cold in {land}?",
        "How old is {name}?", "How far is it to {land}?", "How tall is a {noun}?", "How many people live in {land}?", "How many {noun}s are there?",
        "How do I repair a {noun}?", "How do you make a {noun}?", "How does a {noun} work?", "How much is a {noun}?", "How are you?", "How is {name}?", "How do you say {word} in Spanish?",
        "Which {noun} is the best?", "Which {noun} should I buy?", "Which country is near {land}?", "Can you drive a {noun}?", "Can you sing?", "Can you help me with my {noun}?",
        "Can you translate {word}?", "Do you like {name}?", "Do you have a {noun}?", "Do you know {name}?", "Does {name} like {land}?", "Is the {noun} red?", "Is {land} big?",
        "Is {n} a prime number?", "Are there {noun}s in {land}?", "Are you happy?", "Multiply {n} by {n}.", "Divide {n} by {n}.", "Round {n}.", "Translate {word} into French.",
        "Translate the word {word}.", "Define {word}.", "Explain the {noun}.", "Explain how a {noun} works.", "Describe {land}.", "Draw a {noun}.", "Write a poem about a {noun}.",
        "Write a letter to {name}.", "Write a song.", "Tell me about {name}.", "Tell me a joke.", "Tell me the time.", "Tell me about {land}.", "Tell me the news.", "Sing a song about {name}.",
        "Count the {noun}s.", "Count my money.", "Add salt to the {noun}.", "Spell check my letter.", "Reverse the {noun} into the street.", "Repeat after me.", "Repeat the question.",
        "List all {noun}s.", "List the kings of {land}.", "List the months of the year.", "Name the planets.", "Name the months from March to May.", "Name a {noun}.", "Name three cities in {land}.",
        "Say something.", "Say goodbye to {name}.", "Give me a {noun}.", "Give me money.", "Give me some advice.", "Play some music.", "Open the {noun}.", "Close the door.", "Buy a {noun}.",
        "Send {name} a {noun}.", "Book a {noun} to {land}.", "Make me a {noun}.", "Recommend a {noun}.", "Summarize the book about {name}.", "Compare {land} and {land}.", "Remember my {noun}.",
        "I need a {noun}.", "I lost my {noun}.", "I am {name}.", "I want to go to {land}.", "I do not like the {noun}.", "My {noun} is broken.", "My name is {name}.", "The {noun} is old.",
        "The capital of {land}?", "Please fix my {noun}.", "Please call {name}.", "Please stop.", "Good morning, {name}.", "Thank you.", "Nice {noun}!", "Should I buy a {noun}?",
        "Was {name} a painter?", "Will it rain in {land}?", "Would you like a {noun}?", "Did {name} write a book?", "Has {name} been to {land}?", "Find the {noun}.", "Solve x + {n} = {n}.",
        "Guess my age.", "Take me to {land}.", "Take a {noun}.", "Turn on the {noun}.", "Turn left.", "{name}?", "{land}", "{word}", "{n}", "{word} {word}", "{noun}, {noun} and {noun}",
    ];

    /// <summary>Other wordings, never seen in training.</summary>
    public static readonly string[] HeldOutTemplates =
    [
        "Who discovered {land}?", "Who lives in {land}?", "Who won the {noun}?", "What is the largest {noun} in {land}?", "What do you think of {name}?", "What language do they speak in {land}?",
        "What was the first {noun}?", "What makes a {noun} good?", "Where does {name} live?", "Where did you put the {noun}?", "When will {name} come back?", "When was the {noun} built?",
        "Why was {name} sad?", "Why are {noun}s so expensive?", "How can I learn to paint?", "How long does a {noun} last?", "How deep is the {noun}?", "How was your {noun}?",
        "Which road goes to {land}?", "Can {name} swim?", "Can I have a {noun}?", "Do they sell a {noun} in {land}?", "Does the {noun} hurt?", "Is {name} your friend?", "Is there a {noun} in {land}?",
        "Are {noun}s dangerous?", "Could you lend me a {noun}?", "Bring me the {noun}.", "Show me a picture of {land}.", "Paint the {noun} green.", "Cook a meal for {name}.", "Look at the {noun}.",
        "Calculate the area of a {noun}.", "Teach me to dance.", "Write an essay about {land}.", "Tell {name} that I am late.", "Let us talk about {land}.", "I would like to see {land}.",
        "We visited {name} in {land}.", "Your {noun} is beautiful.", "Is it true that {name} was a {noun}?", "Please wash the {noun}.", "Choose a {noun} for {name}.", "Have you met {name}?",
    ];
}

// ------------------------------------------------------------------------------------------------------ 3  The stories

/// <summary>What a story is to be about, as the question says it.</summary>
record StoryWish(string Length, string Hero, string Thing)
{
    public static StoryWish Draw(Random random)
    {
        string One(string variable) => StoryGrammar.Variables[variable][random.Next(StoryGrammar.Variables[variable].Length)];
        return new(random.Next(5) < 2 ? "long" : "short", One("hero"), One("thing"));
    }

    public string Question(Random random)
    {
        string[] wordings =
        [
            $"Tell a {Length} story about a {Hero} and a {Thing}.", $"Tell me a {Length} story about a {Hero} and a {Thing}.", $"Tell me a {Length} story of a {Hero} who finds a {Thing}.",
            $"Write a {Length} story about a {Hero} and a {Thing}.", $"I want a {Length} story about a {Hero} and a {Thing}.",
        ];
        return wordings[random.Next(wordings.Length)];
    }
}

/// <summary>
/// A grammar without recursion: a story is a row of sentences, a sentence one of several templates, a slot a variable that keeps its value
/// through the story. Such a grammar is one regular expression with back references, which is how a story is parsed.
/// </summary>
static class StoryGrammar
{
    public static readonly Dictionary<string, string[]> Variables = new()
    {
        ["hero"] = "fox hen bear mouse king girl boy frog goat duck wolf cat dog tailor sailor miller queen baker donkey sparrow".Split(' '),
        ["thing"] = "lantern kettle ring drum coin basket ribbon key bell map boat hat book crown flute blanket".Split(' '),
        ["place"] = "forest village garden castle valley harbor meadow mountain".Split(' '),
        ["friend"] = "crow snail pilgrim peddler shepherd swallow hedgehog turtle".Split(' '),
        ["hiding"] = "bridge stone tower tree well barn".Split(' '),
    };

    public static readonly Dictionary<string, string[]> Sentences = new()
    {
        ["opening"] = ["Once upon a time there was a {hero} who lived near the {place}.", "Long ago a {hero} lived near the {place}.", "In a little house near the {place} lived a {hero}."],
        ["wish"] = ["The {hero} wanted a {thing}.", "Every day the {hero} dreamed of a {thing}.", "More than all else the {hero} wished for a {thing}."],
        ["leaving"] = ["So one morning the {hero} set out to look for it.", "One night the {hero} left to find it.", "So the {hero} put on a coat and went into the world."],
        ["meeting"] = ["On the road the {hero} met a {friend}.", "Soon the {hero} came upon a {friend}.", "At the river sat a {friend}, all alone."],
        ["asking"] = ["\"Where can I find a {thing}?\" asked the {hero}.", "\"Have you seen a {thing}?\" asked the {hero}."],
        ["advice"] = ["\"Look under the {hiding},\" said the {friend}.", "\"There is one under the {hiding},\" said the {friend}, \"but it is far.\""],
        ["walking"] = ["They walked together for three days.", "They went on side by side.", "The way was long, and they sang."],
        ["trouble"] = ["Then the rain came and the river rose.", "Then it grew dark and the wind was cold.", "Then they lost the path in the snow."],
        ["rescue"] = ["But the {friend} was brave and held on to the {hero}.", "But the {hero} was clever and made a fire.", "But the {friend} knew the way."],
        ["finding"] = ["Under the {hiding} lay the {thing}.", "And there, under the {hiding}, they found the {thing}."],
        ["return"] = ["The {hero} carried the {thing} home to the {place}.", "With the {thing} they went back to the {place}."],
        ["feast"] = ["There was soup and bread for everyone.", "That night they danced until the moon was gone."],
        ["luck"] = ["One day it lay under the {hiding}.", "One morning the {hero} found it under the {hiding}.", "And one night it was there, under the {hiding}."],
        ["ending"] = ["And the {hero} was happy.", "The {hero} kept the {thing} for ever after.", "And if you go to the {place}, you may still see it."],
        ["friends"] = ["And the {hero} and the {friend} were friends for ever after.", "The {hero} gave the {thing} to the {friend}, and both were happy."],
    };

    public static readonly Dictionary<string, string[]> Stories = new()
    {
        ["short"] = ["opening", "wish", "luck", "ending"],
        ["long"] = ["opening", "wish", "leaving", "meeting", "asking", "advice", "walking", "trouble", "rescue", "finding", "return", "feast", "friends"],
    };

    /// <summary>Tells one story. Half of its choices are the hero's own habits, so that heroes' stories differ; half are chance.</summary>
    public static string Tell(Random random, StoryWish wish)
    {
        var bound = new Dictionary<string, string> { ["hero"] = wish.Hero, ["thing"] = wish.Thing };
        int habit = Array.IndexOf(Variables["hero"], wish.Hero);
        string Choose(string[] choices) => random.Next(2) == 0 ? choices[(habit = (habit * 5 + 7) % 101) % choices.Length] : choices[random.Next(choices.Length)];
        string Fill(Match slot) => bound.TryGetValue(slot.Groups[1].Value, out var value) ? value : bound[slot.Groups[1].Value] = Choose(Variables[slot.Groups[1].Value]);
        return string.Join(' ', Stories[wish.Length].Select(sentence => Regex.Replace(Choose(Sentences[sentence]), "\\{(\\w+)\\}", Fill)));
    }

    /// <summary>
    /// The whole grammar of a story as one expression. The sentence that names a variable first names it in each of its templates: there
    /// the slot is a group of that name, later a reference to it.
    /// </summary>
    public static string Pattern(string length)
    {
        var bound = new HashSet<string>();
        return "^" + string.Join(' ', Stories[length].Select(sentence =>
        {
            var before = bound.ToHashSet();
            string Slot(Match slot)
            {
                string name = slot.Groups[1].Value;
                bound.Add(name);
                return before.Contains(name) ? $"\\k<{name}>" : $"(?<{name}>{string.Join('|', Variables[name])})";
            }
            var templates = Sentences[sentence].Select(template => Regex.Replace(template.Replace(".", "\\.").Replace("?", "\\?"), "\\{(\\w+)\\}", Slot));
            return $"(?:{string.Join('|', templates)})";
        })) + "$";
    }

    public static bool Parses(string story, StoryWish wish)
    {
        var match = Regex.Match(story, Pattern(wish.Length), RegexOptions.CultureInvariant);
        return match.Success && match.Groups["hero"].Value == wish.Hero && match.Groups["thing"].Value == wish.Thing;
    }
}

// ---------------------------------------------------------------------------------------------------- 4  The tokenizer

/// <summary>
/// Byte-level BPE: the 256 bytes, then merged tokens in the order of their rank, then Llama 3's 256 special tokens. Frequent words are tokens
/// as a whole, with none of the steps on the way to them. So they are used only where a piece of text is that very word, and all other words
/// stay letters, which is what spelling and reversing need of a model this small.
/// </summary>
sealed class Tokenizer
{
    /// <summary>Llama 3's own expression that cuts text into pieces (Meta's llama3 repository, tokenizer.py).</summary>
    const string Pieces = @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    readonly List<string> _tokens = [.. Enumerable.Range(0, 256).Select(b => ((char)b).ToString())]; // one char a byte (Latin-1)
    readonly Dictionary<string, int> _ranks;
    readonly System.Collections.Concurrent.ConcurrentDictionary<string, int[]> _known = [];

    Tokenizer(IEnumerable<string> added)
    {
        _tokens.AddRange(added);
        _ranks = _tokens.Select((token, rank) => (token, rank)).ToDictionary(t => t.token, t => t.rank);
    }

    public static readonly string[] SpecialTokens =
    [
        "<|begin_of_text|>", "<|end_of_text|>", .. Reserved(0, 4), "<|start_header_id|>", "<|end_header_id|>", "<|reserved_special_token_4|>", "<|eot_id|>", .. Reserved(5, 246),
    ];

    static IEnumerable<string> Reserved(int first, int count) => Enumerable.Range(first, count).Select(i => $"<|reserved_special_token_{i}|>");

    public int VocabularySize => _tokens.Count + SpecialTokens.Length;

    public int Special(string name) => _tokens.Count + Array.IndexOf(SpecialTokens, name);

    public int EndOfTurn => Special("<|eot_id|>");

    /// <summary>A question in Llama 3's chat format, up to where the answer begins.</summary>
    public int[] Prompt(string question) =>
    [
        Special("<|begin_of_text|>"), Special("<|start_header_id|>"), .. Encode("user"), Special("<|end_header_id|>"), .. Encode("\n\n"), .. Encode(question), EndOfTurn,
        Special("<|start_header_id|>"), .. Encode("assistant"), Special("<|end_header_id|>"), .. Encode("\n\n"),
    ];

    public static Tokenizer Train(IEnumerable<string> texts, int addedCount)
    {
        // A letter after a hyphen or a space is one token whether frequent or not: spelled words and the alphabet are made of them. A number
        // that can be counted to is one token, as all numbers of up to three digits are in Llama 3's own vocabulary.
        List<string> added =
        [
            "\n\n", "user", "assistant", .. "- ".SelectMany(first => Enumerable.Range('a', 26).Select(letter => $"{first}{(char)letter}")),
            .. Enumerable.Range(10, World.MostCounted - 9).Select(number => $"{number}"),
        ];
        var words = texts.SelectMany(text => Regex.Matches(text, Pieces).Select(m => m.Value))
            .Where(piece => Regex.IsMatch(piece, "^[ \"]?[A-Za-z][a-z]+$") && !World.IsSpelled(piece.Trim(' ', '"').ToLowerInvariant()))
            .GroupBy(piece => piece).OrderByDescending(g => g.Count()).ThenBy(g => g.Key, StringComparer.Ordinal).Select(g => g.Key);
        return new Tokenizer(added.Concat(words.Except(added)).Take(addedCount));
    }

    static string Latin(string text) => Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(text));

    public int[] Encode(string text) => [.. Regex.Matches(text, Pieces).SelectMany(piece => EncodePiece(Latin(piece.Value)))];

    int[] EncodePiece(string piece)
    {
        if (_known.TryGetValue(piece, out var known))
            return known;
        if (_ranks.TryGetValue(piece, out int whole)) // as tiktoken does: a piece that is a token is that token, whatever the merges say
            return _known[piece] = [whole];
        var parts = piece.Select(c => c.ToString()).ToList();
        while (true)
        {
            int best = -1, bestRank = int.MaxValue;
            for (int i = 0; i + 1 < parts.Count; i++)
                if (_ranks.TryGetValue(parts[i] + parts[i + 1], out int rank) && rank < bestRank)
                    (best, bestRank) = (i, rank);
            if (best < 0)
                return _known[piece] = [.. parts.Select(part => _ranks[part])];
            parts[best] += parts[best + 1];
            parts.RemoveAt(best + 1);
        }
    }

    public string Decode(IEnumerable<int> ids) =>
        Encoding.UTF8.GetString(Encoding.Latin1.GetBytes(string.Concat(ids.Select(id => id < _tokens.Count ? _tokens[id] : SpecialTokens[id - _tokens.Count]))));

    public static Tokenizer Load(string path) =>
        new(File.ReadLines(path).Skip(256).Select(line => Encoding.Latin1.GetString(Convert.FromBase64String(line.Split(' ')[0]))));

    public void Save(string path) =>
        File.WriteAllText(path, string.Concat(_tokens.Select((token, rank) => $"{Convert.ToBase64String(Encoding.Latin1.GetBytes(token))} {rank}\n")));
}

// -------------------------------------------------------------------------------------------------------- 5  The model

/// <summary>The numbers of params.json.</summary>
sealed record Shape
{
    public int Dim { get; init; } = 128;
    public int Layers { get; init; } = 4;
    public int Heads { get; init; } = 8;
    public int KvHeads { get; init; } = 4;
    public int MultipleOf { get; init; } = 32;
    public float NormEps { get; init; } = 1e-5f;
    public double RopeTheta { get; init; } = 10000;
    public int MaxPositions { get; init; } = 1024;
    public required int VocabSize { get; init; }

    public int HeadDim => Dim / Heads;

    /// <summary>Meta's rule for the width of the feed-forward layer: two thirds of 4 × dim, rounded up.</summary>
    public int Hidden => (4 * Dim * 2 / 3 + MultipleOf - 1) / MultipleOf * MultipleOf;
}

/// <summary>Llama 3 with the embedding as its output matrix, under Meta's names.</summary>
sealed class Model
{
    public Shape Shape { get; }

    /// <summary>
    /// Whether the inputs of linear layers and their weights are rounded to bfloat16, whose products are several times as fast on newer
    /// processors. The weights themselves stay float32.
    /// </summary>
    public bool TrainsInBFloat16 { get; set; }

    public Dictionary<string, Parameter> Weights { get; } = [];
    readonly Tensor _turns; // [position, headDim / 2], complex: what RoPE multiplies a pair by

    public Model(Shape shape)
    {
        Shape = shape;
        int kvDim = shape.KvHeads * shape.HeadDim;
        Add("tok_embeddings.weight", 0.05, shape.VocabSize, shape.Dim);
        for (int layer = 0; layer < shape.Layers; layer++)
        {
            string at = $"layers.{layer}.";
            Add(at + "attention.wq.weight", 0.06, shape.Dim, shape.Dim);
            Add(at + "attention.wk.weight", 0.06, kvDim, shape.Dim);
            Add(at + "attention.wv.weight", 0.06, kvDim, shape.Dim);
            Add(at + "attention.wo.weight", 0, shape.Dim, shape.Dim);
            Add(at + "feed_forward.w1.weight", 0.06, shape.Hidden, shape.Dim);
            Add(at + "feed_forward.w2.weight", 0, shape.Dim, shape.Hidden);
            Add(at + "feed_forward.w3.weight", 0.06, shape.Hidden, shape.Dim);
            Add(at + "attention_norm.weight", null, shape.Dim);
            Add(at + "ffn_norm.weight", null, shape.Dim);
        }
        Add("norm.weight", null, shape.Dim);

        using var scope = NewDisposeScope();
        var frequencies = pow(shape.RopeTheta, arange(0, shape.HeadDim, 2, ScalarType.Float64) / -shape.HeadDim);
        var angles = outer(arange(shape.MaxPositions, ScalarType.Float64), frequencies);
        _turns = complex(angles.cos(), angles.sin()).to(ScalarType.ComplexFloat32).MoveToOuterDisposeScope();
    }

    public long ParameterCount => Weights.Values.Sum(w => w.numel());

    void Add(string name, double? deviation, params long[] size) =>
        Weights[name] = new Parameter(deviation is null ? ones(size) : randn(size) * deviation.Value);

    /// <summary>
    /// Logits [wanted, vocabulary] at the wanted places of tokens [batch, length] taken as one row. With a cache, the tokens follow those that
    /// it holds.
    /// </summary>
    public Tensor Forward(Tensor tokens, Tensor wanted, KvCache? cache = null)
    {
        int start = cache?.Length ?? 0;
        var turns = _turns.slice(0, start, start + tokens.shape[1], 1).unsqueeze(1); // [length, 1, headDim / 2]
        var x = Weights["tok_embeddings.weight"].index_select(0, tokens.flatten()).view(tokens.shape[0], tokens.shape[1], Shape.Dim);
        for (int layer = 0; layer < Shape.Layers; layer++)
        {
            string at = $"layers.{layer}.";
            x = x + Attention(at + "attention.", Norm(x, at + "attention_norm.weight"), turns, cache, layer);
            x = x + FeedForward(at + "feed_forward.", Norm(x, at + "ffn_norm.weight"));
        }
        return Linear(Norm(x.flatten(0, 1).index_select(0, wanted), "norm.weight"), "tok_embeddings.weight");
    }

    Tensor Norm(Tensor x, string weight) => x * rsqrt(x.square().mean([-1], keepdim: true) + Shape.NormEps) * Weights[weight];

    /// <summary>The products with several matrices of one input, side by side.</summary>
    Tensor Linear(Tensor x, params string[] weights)
    {
        var matrix = weights.Length == 1 ? Weights[weights[0]] : cat([.. weights.Select(w => Weights[w])], 0);
        return TrainsInBFloat16 ? F.linear(x.to(ScalarType.BFloat16), matrix.to(ScalarType.BFloat16)).to(ScalarType.Float32) : F.linear(x, matrix);
    }

    Tensor FeedForward(string at, Tensor x)
    {
        var both = Linear(x, at + "w1.weight", at + "w3.weight").chunk(2, -1);
        return Linear(F.silu(both[0]) * both[1], at + "w2.weight");
    }

    Tensor Attention(string at, Tensor x, Tensor turns, KvCache? cache, int layer)
    {
        (long batch, long length) = (x.shape[0], x.shape[1]);
        int turned = Shape.Heads + Shape.KvHeads;
        var all = Linear(x, at + "wq.weight", at + "wk.weight", at + "wv.weight").view(batch, length, turned + Shape.KvHeads, Shape.HeadDim);
        var queriesAndKeys = Turn(all.narrow(2, 0, turned), turns).transpose(1, 2); // [batch, head, length, headDim]
        var queries = queriesAndKeys.narrow(1, 0, Shape.Heads);
        var keys = queriesAndKeys.narrow(1, Shape.Heads, Shape.KvHeads);
        var values = all.narrow(2, turned, Shape.KvHeads).transpose(1, 2);
        if (cache is not null)
            (keys, values) = cache.Append(layer, keys, values);
        int share = Shape.Heads / Shape.KvHeads;
        var mixed = F.scaled_dot_product_attention(queries, keys.repeat_interleave(share, 1), values.repeat_interleave(share, 1), is_casual: length > 1);
        return Linear(mixed.transpose(1, 2).reshape(batch, length, Shape.Dim), at + "wo.weight");
    }

    /// <summary>RoPE in Meta's order: elements 2i and 2i + 1 of a head are one complex number (Su et al. 2021, section 3.4.2).</summary>
    static Tensor Turn(Tensor heads, Tensor turns)
    {
        var shape = heads.shape;
        return (heads.reshape(shape[0], shape[1], shape[2], shape[3] / 2, 2).view_as_complex() * turns).view_as_real().reshape(shape);
    }

    public void RoundToBFloat16()
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        foreach (var weight in Weights.Values)
            weight.copy_(weight.to(ScalarType.BFloat16));
    }

    public void Save(string path)
    {
        using var writer = new BinaryWriter(File.Create(path));
        foreach (var weight in Weights.Values)
            foreach (float value in weight.data<float>())
                writer.Write(value);
    }

    public void Load(string path)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        using var reader = new BinaryReader(File.OpenRead(path));
        foreach (var weight in Weights.Values)
            weight.copy_(tensor(Enumerable.Range(0, (int)weight.numel()).Select(_ => reader.ReadSingle()).ToArray()).view(weight.shape));
    }
}

/// <summary>Keys and values of the tokens so far, one pair of tensors a layer: [batch, kvHead, length, headDim].</summary>
sealed class KvCache(int layers)
{
    readonly Tensor?[] _keys = new Tensor?[layers], _values = new Tensor?[layers];

    public int Length { get; private set; }

    public (Tensor Keys, Tensor Values) Append(int layer, Tensor keys, Tensor values)
    {
        Join(ref _keys[layer], keys);
        Join(ref _values[layer], values);
        if (layer == layers - 1)
            Length = (int)_keys[layer]!.shape[2];
        return (_keys[layer]!, _values[layer]!);
    }

    /// <summary>What is kept outlives the scope of a step.</summary>
    static void Join(ref Tensor? kept, Tensor added)
    {
        var joined = (kept is null ? added.clone() : cat([kept, added], 2)).MoveToOuterDisposeScope();
        kept?.Dispose();
        kept = joined;
    }
}

// -------------------------------------------------------------------------------------------------------- 6  Training

/// <summary>
/// Trains for so many minutes of work. The matrices of the layers go by Muon (Jordan et al. 2024), which needs about half the tokens that
/// AdamW does at this size; the embedding and the gains go by AdamW.
/// </summary>
sealed class Trainer(Model model, Tokenizer tokenizer, int seed, double minutes, int threads, string outFolder, List<Example> watched, bool copies)
{
    const int ExamplesPerStep = 128, Groups = 16, WarmUpSteps = 40;
    const double MatrixRate = 0.015, OtherRate = 0.003;

    public int Threads => threads;
    public int Steps { get; private set; }
    public double Seconds { get; private set; }
    public long Tokens { get; private set; }
    public List<string> Curve { get; } = [$"step,seconds,tokens,loss,{string.Join(',', World.TaskNames)}"];

    /// <summary>For each task, the share of late training questions whose whole answer was the likeliest at every token.</summary>
    readonly Dictionary<string, double> _right = World.TaskNames.ToDictionary(task => task, _ => 0.0);

    /// <summary>
    /// First learn to copy, since all else takes something over from the question; bring in the rest step by step; and practise what goes
    /// wrong: a task that is mastered is drawn a fifth as often. A story has no one right answer to tell by.
    /// </summary>
    double Need(string task)
    {
        if (_copiesFrom is null && _right["spell"] > 0.6)
            _copiesFrom = Steps;
        double open = task switch
        {
            "spell" => 1,
            "repeat" => Math.Max(0.2, Math.Min(1, (Steps - _copiesFrom) / 300.0 ?? 0)),
            _ => Math.Min(1, (Steps - _copiesFrom) / 300.0 ?? 0),
        };
        double cheap = task is "add" or "subtract" ? 3 : 1; // much to learn from few tokens
        return open * cheap * (task == "story" ? 0.5 : 0.2 + 0.8 * (1 - _right[task]));
    }

    int? _copiesFrom = copies ? -300 : null; // the step from which on it could copy

    public void Run()
    {
        var random = new Random(seed);
        var matrices = model.Weights.Where(w => w.Value.dim() == 2 && w.Key.StartsWith("layers", StringComparison.Ordinal)).Select(w => w.Value).ToList();
        var muon = new Muon(matrices);
        var others = model.Weights.Values.Except(matrices).ToList();
        var adam = optim.AdamW(others, OtherRate, beta1: 0.9, beta2: 0.95, weight_decay: 0);
        double lossSum = 0, watch = 0;
        int lossCount = 0;
        while (Seconds < minutes * 60)
        {
            var clock = Stopwatch.StartNew();
            double rate = Rate(Seconds / (minutes * 60));
            lossSum += Gradients(random);
            lossCount++;
            foreach (var group in adam.ParamGroups)
                group.LearningRate = OtherRate * rate;
            adam.step();
            muon.Step(MatrixRate * rate);
            adam.zero_grad();
            Steps++;
            Seconds += Math.Min(clock.Elapsed.TotalSeconds, 5); // a pause of the machine is no training
            if (Steps % 50 == 0)
            {
                Curve.Add($"{Steps},{Seconds:F0},{Tokens},{lossSum / lossCount:F4},{string.Join(',', World.TaskNames.Select(task => $"{_right[task]:F2}"))}");
                Console.WriteLine(Curve[^1]);
                model.Save(Path.Combine(outFolder, "checkpoint.bin"));
                (lossSum, lossCount) = (0, 0);
            }
            if (Seconds - watch > 600)
            {
                watch = Seconds;
                Console.WriteLine(Score.Measure(model, tokenizer, watched, threads));
            }
        }
        model.Save(Path.Combine(outFolder, "checkpoint.bin"));
    }

    double Rate(double progress) => Math.Min(1, (Steps + 1.0) / WarmUpSteps) * (0.02 + 0.98 * 0.5 * (1 + Math.Cos(Math.PI * progress)));

    /// <summary>One step's examples, sorted by length and cut into groups so that little is padding; their gradients add up.</summary>
    double Gradients(Random random)
    {
        var examples = Enumerable.Range(0, ExamplesPerStep).Select(_ => World.Draw(random, heldOut: false, Need))
            .Select(e => (e.Task, Prompt: tokenizer.Prompt(e.Question), Answer: (int[])[.. tokenizer.Encode(e.Answer), tokenizer.EndOfTurn]))
            .OrderBy(e => e.Prompt.Length + e.Answer.Length).ToList();
        // A long answer weighs more than a short one, but not by its length.
        double allWeight = examples.Sum(e => Math.Sqrt(e.Answer.Length));
        var parameters = model.Weights.Values.ToArray();
        double loss = 0;
        // A thread a group and one thread an operation: on a busy machine, threads that meet once a step lose less than those that meet at every product.
        Parallel.ForEach(examples.Chunk(ExamplesPerStep / Groups).Reverse(), new ParallelOptions { MaxDegreeOfParallelism = threads }, group =>
        {
            set_num_threads(1);
            model.TrainsInBFloat16 = true;
            using var scope = NewDisposeScope();
            // Few different lengths: the library compiles its bfloat16 product anew for each shape that it meets.
            int length = RoundUp(group[^1].Prompt.Length + group[^1].Answer.Length - 1, 16);
            var inputs = new long[group.Length, length];
            List<long> places = [], targets = []; // where an answer's token is to be told, and which
            var weights = new List<float>();
            for (int row = 0; row < group.Length; row++)
            {
                (_, int[] prompt, int[] answer) = group[row];
                for (int i = 0; i < prompt.Length + answer.Length - 1; i++)
                    inputs[row, i] = i < prompt.Length ? prompt[i] : answer[i - prompt.Length];
                for (int i = 0; i < answer.Length; i++)
                {
                    places.Add(row * length + prompt.Length - 1 + i);
                    targets.Add(answer[i]);
                    weights.Add((float)(1 / Math.Sqrt(answer.Length) / allWeight));
                }
            }
            int told = RoundUp(places.Count, 256);
            while (places.Count < told)
            {
                places.Add(0);
                targets.Add(0);
                weights.Add(0);
            }
            var logits = model.Forward(tensor(inputs), wanted: tensor(places));
            var total = (F.cross_entropy(logits, tensor(targets), reduction: nn.Reduction.None) * tensor(weights)).sum();
            var gradients = autograd.grad([total], parameters);
            double groupLoss = total.item<float>();
            bool[] likeliest = logits.argmax(1).eq(tensor(targets)).data<bool>().ToArray();
            lock (parameters)
            {
                loss += groupLoss;
                int place = 0;
                foreach (var (task, prompt, answer) in group)
                {
                    Tokens += prompt.Length + answer.Length - 1;
                    bool right = likeliest.AsSpan(place, answer.Length).IndexOf(false) < 0;
                    place += answer.Length;
                    _right[task] = 0.98 * _right[task] + 0.02 * (right ? 1 : 0);
                }
                foreach (var (parameter, gradient) in parameters.Zip(gradients))
                    if (parameter.grad is { } sum)
                        sum.add_(gradient);
                    else
                        parameter.grad = gradient.clone().DetachFromDisposeScope();
            }
        });
        return loss;
    }

    static int RoundUp(int number, int multiple) => (number + multiple - 1) / multiple * multiple;
}

/// <summary>Momentum whose every update is made nearly orthogonal by five Newton-Schulz steps (Jordan et al. 2024, "Muon").</summary>
sealed class Muon
{
    const double Momentum = 0.95;
    readonly List<(List<Parameter> Matrices, Tensor Velocity)> _groups; // of one shape: [matrix, row, column]

    public Muon(IEnumerable<Parameter> matrices) =>
        _groups = [.. matrices.GroupBy(m => (m.shape[0], m.shape[1])).Select(g => (g.ToList(), zeros(g.Count(), g.Key.Item1, g.Key.Item2)))];

    public void Step(double rate)
    {
        using var noGradient = no_grad();
        foreach (var (matrices, velocity) in _groups)
        {
            using var scope = NewDisposeScope();
            var gradient = stack(matrices.Select(m => m.grad!));
            velocity.mul_(Momentum).add_(gradient, 1 - Momentum);
            var update = Orthogonal(gradient * (1 - Momentum) + velocity * Momentum);
            double scale = Math.Sqrt(Math.Max(1, (double)update.shape[1] / update.shape[2]));
            for (int i = 0; i < matrices.Count; i++)
            {
                matrices[i].add_(update[i], -rate * scale);
                matrices[i].grad!.zero_();
            }
        }
    }

    static Tensor Orthogonal(Tensor x)
    {
        bool tall = x.shape[1] > x.shape[2];
        if (tall)
            x = x.transpose(1, 2);
        x = (x / (x.square().sum([1, 2], keepdim: true).sqrt() + 1e-7)).to(ScalarType.BFloat16);
        for (int i = 0; i < 5; i++)
        {
            var square = x.bmm(x.transpose(1, 2));
            x = 3.4445 * x + (-4.7750 * square + 2.0315 * square.bmm(square)).bmm(x);
        }
        return (tall ? x.transpose(1, 2) : x).to(ScalarType.Float32);
    }
}

// ------------------------------------------------------------------------------------------------------- 7  The score

/// <summary>Exact matches of greedy answers, by task.</summary>
sealed record Score(SortedDictionary<string, (int Right, int Asked)> Tasks)
{
    public int Right => Tasks.Values.Sum(t => t.Right);
    public int Asked => Tasks.Values.Sum(t => t.Asked);

    public override string ToString() =>
        $"held-out: {Right} of {Asked} ({100.0 * Right / Asked:F1} %): " + string.Join(", ", Tasks.Select(t => $"{t.Key} {t.Value.Right}/{t.Value.Asked}"));

    public static Score Measure(Model model, Tokenizer tokenizer, List<Example> examples, int threads)
    {
        model.TrainsInBFloat16 = false;
        var tasks = new SortedDictionary<string, (int Right, int Asked)>();
        foreach (var (example, answer) in Answers(model, tokenizer, examples, threads))
        {
            bool right = example.Story is { } wish ? StoryGrammar.Parses(answer, wish) : answer == example.Answer;
            var (rightSoFar, asked) = tasks.GetValueOrDefault(example.Task);
            tasks[example.Task] = (rightSoFar + (right ? 1 : 0), asked + 1);
            if (!right && asked - rightSoFar < 2)
                Console.WriteLine($"    wrong [{example.Task}] {example.Question} -> {answer.ReplaceLineEndings("¶")}");
        }
        return new(tasks);
    }

    /// <summary>Greedy answers; prompts of one length run together.</summary>
    static List<(Example Example, string Answer)> Answers(Model model, Tokenizer tokenizer, List<Example> examples, int threads) =>
        [.. examples.Select(e => (Example: e, Prompt: tokenizer.Prompt(e.Question))).GroupBy(e => e.Prompt.Length)
            .AsParallel().AsOrdered().WithDegreeOfParallelism(threads).SelectMany(group =>
        {
            set_num_threads(1);
            using var noGradient = no_grad();
            using var scope = NewDisposeScope();
            var rows = group.ToList();
            var answers = rows.Select(_ => new List<int>()).ToList();
            var open = Enumerable.Repeat(true, rows.Count).ToArray();
            var cache = new KvCache(model.Shape.Layers);
            int most = rows.Max(row => tokenizer.Encode(row.Example.Answer).Length) + 100; // who has not ended by then is wrong
            var next = rows.SelectMany(row => row.Prompt).Select(id => (long)id).ToArray();
            for (int step = 0; step < most && open.Any(o => o); step++)
            {
                using var stepScope = NewDisposeScope();
                int length = next.Length / rows.Count;
                var last = arange(length - 1, next.Length, length, ScalarType.Int64);
                next = model.Forward(tensor(next).view(rows.Count, length), last, cache).argmax(1).data<long>().ToArray();
                for (int row = 0; row < rows.Count; row++)
                {
                    open[row] &= next[row] != tokenizer.EndOfTurn;
                    if (open[row])
                        answers[row].Add((int)next[row]);
                }
            }
            return rows.Select((row, i) => (row.Example, tokenizer.Decode(answers[i])));
        })];
}

// ------------------------------------------------------------------------------------------------------- 8  The files

static class Files
{
    static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, IndentSize = 2, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    static readonly JsonSerializerOptions OneLine = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static void Write(string folder, Model model, Tokenizer tokenizer, List<Example> heldOut, List<Example> prompts, Score score, Trainer trainer, int seed)
    {
        string At(string name) => Path.Combine(folder, name);
        void Json(string name, JsonNode node) => File.WriteAllText(At(name), node.ToJsonString(Indented) + "\n");

        var shape = model.Shape;
        tokenizer.Save(At("tokenizer.model"));
        Pickle.WriteCheckpoint(At("consolidated.00.pth"), model);
        Json("params.json", new JsonObject
        {
            ["dim"] = shape.Dim, ["n_layers"] = shape.Layers, ["n_heads"] = shape.Heads, ["n_kv_heads"] = shape.KvHeads, ["vocab_size"] = shape.VocabSize,
            ["multiple_of"] = shape.MultipleOf, ["norm_eps"] = Math.Round((double)shape.NormEps, 9), ["rope_theta"] = shape.RopeTheta, ["max_seq_len"] = shape.MaxPositions,
        });
        Json("tokenizer_config.json", new JsonObject { ["chat_template"] = ChatTemplate });
        Json("story-grammar.json", new JsonObject(StoryGrammar.Stories.Keys.Select(length => KeyValuePair.Create(length, (JsonNode?)StoryGrammar.Pattern(length)))));
        File.WriteAllLines(At("held-out.jsonl"), heldOut.Select(e => (e.Story is { } wish
            ? new JsonObject { ["task"] = e.Task, ["question"] = e.Question, ["length"] = wish.Length, ["hero"] = wish.Hero, ["thing"] = wish.Thing }
            : new JsonObject { ["task"] = e.Task, ["question"] = e.Question, ["answer"] = e.Answer }).ToJsonString(OneLine)));
        Json("prompts.json", new JsonArray([.. prompts.Select((e, i) => new JsonObject
        {
            ["id"] = $"{e.Task}-{i:D3}",
            ["conversations"] = new JsonArray(Turn("human", e.Question), Turn("gpt", e.Answer)),
        })]));
        Json("score.json", new JsonObject
        {
            ["exact_match_percent"] = Math.Round(100.0 * score.Right / score.Asked, 2), ["right"] = score.Right, ["asked"] = score.Asked,
            ["tasks"] = new JsonObject(score.Tasks.Select(t => KeyValuePair.Create(t.Key, (JsonNode?)new JsonObject { ["right"] = t.Value.Right, ["asked"] = t.Value.Asked }))),
            ["run"] = new JsonObject
            {
                ["date"] = DateTime.UtcNow.ToString("yyyy-MM-dd"), ["seed"] = seed, ["steps"] = trainer.Steps, ["tokens"] = trainer.Tokens, ["seconds"] = Math.Round(trainer.Seconds),
                ["parameters"] = model.ParameterCount, ["machine"] = $"{trainer.Threads} threads, {System.Runtime.InteropServices.RuntimeInformation.OSArchitecture}, LibTorch {torch.__version__}",
            },
        });
        File.WriteAllLines(At("loss-curve.csv"), trainer.Curve);
    }

    /// <summary>Llama 3's dialog, in the form in which a checkpoint says so.</summary>
    const string ChatTemplate =
        "{{ '<|begin_of_text|>' }}{% for message in messages %}{{ '<|start_header_id|>' + message['role'] + '<|end_header_id|>\n\n' + message['content'] | trim + '<|eot_id|>' }}"
        + "{% endfor %}{% if add_generation_prompt %}{{ '<|start_header_id|>assistant<|end_header_id|>\n\n' }}{% endif %}";

    static JsonObject Turn(string from, string value) => new() { ["from"] = from, ["value"] = value };
}

/// <summary>
/// A checkpoint as torch.save writes it: a zip of stored entries, data.pkl with an ordered dictionary of tensors, and one file of bytes a
/// storage. The pickle is protocol 2; the opcodes are those of Python's pickletools.
/// </summary>
static class Pickle
{
    public static void WriteCheckpoint(string path, Model model)
    {
        using var zip = new ZipArchive(File.Create(path), ZipArchiveMode.Create);
        void Entry(string name, byte[] bytes)
        {
            using var stream = zip.CreateEntry("consolidated.00/" + name, CompressionLevel.NoCompression).Open();
            stream.Write(bytes);
        }
        var weights = model.Weights.ToList();
        // The output matrix is the embedding: the same storage under a second name.
        Entry("data.pkl", Dictionary([.. weights.Select((w, i) => (w.Key, i, w.Value.shape)), ("output.weight", 0, weights[0].Value.shape)]));
        Entry("byteorder", "little"u8.ToArray());
        for (int i = 0; i < weights.Count; i++)
            Entry($"data/{i}", BFloat16(weights[i].Value));
        Entry("version", "3\n"u8.ToArray());
    }

    /// <summary>The upper halves of the floats, which have been rounded before.</summary>
    static byte[] BFloat16(Tensor weight)
    {
        var values = weight.data<float>().ToArray();
        var bytes = new byte[values.Length * 2];
        for (int i = 0; i < values.Length; i++)
            BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(i * 2), (ushort)(BitConverter.SingleToUInt32Bits(values[i]) >> 16));
        return bytes;
    }

    static byte[] Dictionary(IEnumerable<(string Name, int Storage, long[] Shape)> tensors)
    {
        var pickle = new MemoryStream();
        void Op(params ReadOnlySpan<byte> bytes) => pickle.Write(bytes);
        void Global(string module, string name) => Op([(byte)'c', .. Encoding.ASCII.GetBytes($"{module}\n{name}\n")]);
        void Text(string text)
        {
            Op((byte)'X');
            Span<byte> length = stackalloc byte[4];
            BinaryPrimitives.WriteInt32LittleEndian(length, Encoding.UTF8.GetByteCount(text));
            Op(length);
            Op(Encoding.UTF8.GetBytes(text));
        }
        void Number(long number)
        {
            Span<byte> bytes = stackalloc byte[4];
            BinaryPrimitives.WriteInt32LittleEndian(bytes, checked((int)number));
            Op((byte)'J');
            Op(bytes);
        }
        void Tuple(params long[] numbers)
        {
            Op((byte)'(');
            foreach (long number in numbers)
                Number(number);
            Op((byte)'t');
        }

        Op(0x80, 2); // protocol 2
        Global("collections", "OrderedDict");
        Op((byte)')', (byte)'R', (byte)'('); // call it without arguments; mark
        foreach (var (name, storage, shape) in tensors)
        {
            Text(name);
            Global("torch._utils", "_rebuild_tensor_v2");
            Op((byte)'(', (byte)'('); // mark its arguments, mark the storage's description
            Text("storage");
            Global("torch", "BFloat16Storage");
            Text($"{storage}");
            Text("cpu");
            Number(shape.Aggregate(1L, (a, b) => a * b));
            Op((byte)'t', (byte)'Q'); // a persistent id: the storage
            Number(0); // offset
            Tuple(shape);
            Tuple([.. shape.Select((_, axis) => shape.Skip(axis + 1).Aggregate(1L, (a, b) => a * b))]); // strides
            Op(0x89); // requires_grad = False
            Global("collections", "OrderedDict");
            Op((byte)')', (byte)'R'); // no backward hooks
            Op((byte)'t', (byte)'R');
        }
        Op((byte)'u', (byte)'.'); // set all items; stop
        return pickle.ToArray();
    }
}
