import type { Reporter } from '../../src/reporters/reporter.ts';

/** Starting point of a new reporter: the verdict on one line. Strings of artifacts pass escape.ts before they are rendered. */
export const templateReporter: Reporter = {
  meta: {
    id: 'template-reporter',
    title: 'Template reporter',
    description: 'Says who reads it and where.',
    mediaType: 'text/plain',
    fileExtension: '.txt',
    since: '0.1.0',
  },
  render(report) {
    return `${report.verdict}\n`;
  },
};
