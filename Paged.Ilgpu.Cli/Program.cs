using System.Text;
using Paged.Ilgpu.Cli;

Console.OutputEncoding = Encoding.UTF8; // answers have letters of all scripts
return CommandLine.Run(args, Console.Out, Console.Error);
