export { type ReportContent, reportHtml } from './html';
export { type Bar, barPlot, PLOT_STYLE, type Point, scatterPlot } from './plots';
