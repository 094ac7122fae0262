import { Injectable } from '@nestjs/common';

/** Where a command's result goes: the streams and the exit code of the process. */
@Injectable()
export class Terminal {
  print(text: string): void {
    process.stdout.write(text);
  }

  complain(text: string): void {
    process.stderr.write(text);
  }

  /** The process goes on until the work is done, and ends with this code. */
  endWith(code: number): void {
    process.exitCode = code;
  }
}
