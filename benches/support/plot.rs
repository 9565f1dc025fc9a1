//! The plots. They have no background, and colours for light and dark pages.

use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use std::error::Error;
use std::path::Path;

use crate::curve::{Curve, Point};
use crate::document::{count, digits};

type Drawn = Result<(), Box<dyn Error>>;

const TEXT: RGBColor = RGBColor(0x84, 0x8d, 0x97);
const BLUE: RGBColor = RGBColor(0x3b, 0x8e, 0xea);
const ORANGE: RGBColor = RGBColor(0xe0, 0x7b, 0x39);
const GREEN: RGBColor = RGBColor(0x2d, 0xa4, 0x4e);
const PURPLE: RGBColor = RGBColor(0x98, 0x6e, 0xe2);
const RED: RGBColor = RGBColor(0xd9, 0x4f, 0x5c);
/// The colours of the series, in their order.
const COLORS: [RGBColor; 6] = [TEXT, BLUE, ORANGE, GREEN, PURPLE, RED];

const WIDTH: u32 = 860;
/// The heights of a group of bars and of the space around it, in pixels.
const GROUP: u32 = 46;
const MARGIN: i32 = 12;
/// The distance between two points of an axis without numbers.
const STEP: i32 = 1000;

/// A group of bars.
pub struct Group {
    pub what: String,
    /// How many times better something is than each of those that the bars are named after.
    pub times: Vec<f64>,
}

/// A text style: the size in pixels, and the point of the text that is placed.
fn text<'a>(size: u32, horizontal: HPos, vertical: VPos, color: RGBColor) -> TextStyle<'a> {
    ("sans-serif", size).into_font().color(&color).pos(Pos::new(horizontal, vertical))
}

/// Plots how many times better something is, with a bar of each name in each group.
pub fn bars(path: &Path, caption: &str, names: &[&str], groups: &[Group]) -> Drawn {
    let root = SVGBackend::new(path, (WIDTH, GROUP * groups.len() as u32 + 90)).into_drawing_area();
    let all = groups.iter().flat_map(|group| group.times.iter().copied());
    let (low, high) = all.fold((1.0_f64, 1.0_f64), |(low, high), times| (low.min(times), high.max(times)));
    // Groups are counted from the top. On the right there is space for labels.
    let positions = 0..groups.len() as i32;
    let y = (STEP * positions.end..0).with_key_points(positions.map(|group| STEP * group + STEP / 2).collect());
    let mut chart = ChartBuilder::on(&root)
        .caption(caption, text(16, HPos::Center, VPos::Top, TEXT))
        .margin(MARGIN)
        .x_label_area_size(24)
        .y_label_area_size(230)
        .build_cartesian_2d((low / 1.5..high * 3.0).log_scale(), y)?;
    chart
        .configure_mesh()
        .disable_y_mesh()
        .light_line_style(TRANSPARENT)
        .bold_line_style(TEXT.mix(0.25))
        .axis_style(TEXT.mix(0.6))
        .label_style(("sans-serif", 13).into_font().color(&TEXT))
        .x_label_formatter(&|times| format!("{times} ×"))
        .y_label_formatter(&|group| groups[(*group / STEP) as usize].what.clone())
        .draw()?;
    for (number, group) in groups.iter().enumerate() {
        for (bar, &times) in group.times.iter().enumerate() {
            let color = COLORS[2 + bar];
            let height = STEP * 8 / 10 / names.len() as i32;
            let start = STEP * number as i32 + STEP / 10 + height * bar as i32;
            let end = start + height - STEP / 25;
            chart.draw_series([Rectangle::new([(1.0, start), (times, end)], color.filled())])?;
            let name = if number == 0 { names[bar] } else { "" };
            let label = format!("{} × {name}", digits(times));
            let style = text(13, HPos::Left, VPos::Center, color);
            chart.draw_series([Text::new(label, (times.max(1.0) * 1.04, i32::midpoint(start, end)), style)])?;
        }
    }
    Ok(root.present()?)
}

/// Plots entries a second over what grows, with a panel for each curve.
pub fn curves(path: &Path, curves: &[Curve]) -> Drawn {
    let rows = curves.len().div_ceil(2);
    let root = SVGBackend::new(path, (WIDTH, 360 * rows as u32)).into_drawing_area();
    for (panel, curve) in root.split_evenly((rows, 2)).iter().zip(curves) {
        draw_curve(panel, curve)?;
    }
    Ok(root.present()?)
}

fn draw_curve(panel: &DrawingArea<SVGBackend, Shift>, curve: &Curve) -> Drawn {
    let all = curve.points.iter().chain(&curve.with_common_prefix).flat_map(|point| &point.rates);
    let (low, high) = all.fold((f64::MAX, 0.0_f64), |(low, high), &rate| (low.min(rate), high.max(rate)));
    let rates = low / 1.5..high * 1.5;
    let last = STEP * (curve.points.len() as i32 - 1);
    let positions = (0..curve.points.len() as i32).map(|index| STEP * index);
    // On the right there is space for the names of the series.
    let x = (-last / 20..last + last * 45 / 100).with_key_points(positions.collect());
    let mut chart = ChartBuilder::on(panel)
        .margin(MARGIN)
        .x_label_area_size(44)
        .y_label_area_size(56)
        .build_cartesian_2d(x, rates.clone().log_scale())?;
    chart
        .configure_mesh()
        .disable_x_mesh()
        .light_line_style(TRANSPARENT)
        .bold_line_style(TEXT.mix(0.25))
        .axis_style(TEXT.mix(0.6))
        .label_style(("sans-serif", 12).into_font().color(&TEXT))
        .x_label_formatter(&|position| curve.points[(*position / STEP) as usize].label.clone())
        .y_label_formatter(&|rate| format!("{}/s", count(*rate)))
        .x_desc(curve.title)
        .axis_desc_style(("sans-serif", 14).into_font().color(&TEXT))
        .draw()?;
    for (series, color) in (0..curve.series.len()).zip(&COLORS) {
        let line = |points: &[Point]| -> Vec<(i32, f64)> {
            points.iter().zip(0..).map(|(point, index)| (STEP * index, point.rates[series])).collect()
        };
        let points = line(&curve.points);
        chart.draw_series(LineSeries::new(points.iter().copied(), color.stroke_width(2)))?;
        chart.draw_series(points.iter().map(|point| Circle::new(*point, 3, color.filled())))?;
        let others = line(&curve.with_common_prefix);
        chart.draw_series(DashedLineSeries::new(others, 4, 3, color.stroke_width(2)))?;
    }
    let ends = apart(&curve.points[curve.points.len() - 1].rates, &rates);
    for ((name, y), color) in curve.series.iter().zip(ends).zip(&COLORS) {
        chart.draw_series([Text::new(*name, (last + last / 25, y), text(13, HPos::Left, VPos::Center, *color))])?;
    }
    Ok(())
}

/// Moves rates that are too close together apart, so that names do not overlap.
fn apart(rates: &[f64], range: &std::ops::Range<f64>) -> Vec<f64> {
    // The height of a name is about a twentieth of a panel.
    let step = (range.end / range.start).powf(0.055);
    let mut order: Vec<usize> = (0..rates.len()).collect();
    order.sort_by(|a, b| rates[*a].total_cmp(&rates[*b]));
    let mut moved = rates.to_vec();
    for pair in order.windows(2) {
        moved[pair[1]] = moved[pair[1]].max(moved[pair[0]] * step);
    }
    moved
}
