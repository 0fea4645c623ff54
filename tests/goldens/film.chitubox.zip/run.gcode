;fileName:film
;machineType:rig
;estimatedPrintTime:78.85
;volume:0.000002
;resin:slurry
;weight:0
;price:0
;layerHeight:0.05
;resolutionX:6
;resolutionY:4
;machineX:0.372
;machineY:0.16
;machineZ:75.5
;projectType:LCD_mirror
;normalExposureTime:6.001
;bottomLayExposureTime:12.5
;bottomLayerExposureTime:12.5
;normalDropSpeed:150
;normalLayerLiftHeight:5
;zSlowUpDistance:0
;normalLayerLiftSpeed:60
;bottomLayCount:1
;bottomLayerCount:1
;mirror:1
;totalLayer:4
;bottomLayerLiftHeight:8.25
;bottomLayerLiftSpeed:30
;bottomLightOffTime:2
;lightOffTime:0.5
;bottomPWMLight:255
;PWMLight:255
;START_GCODE_BEGIN
G21;
G90;
M106 S0;
G28 Z0;

;START_GCODE_END

;LAYER_START:0
;currPos:0.025
M6054 "1.png";show Image
G0 Z8.275 F30;
G0 Z0.025 F75;
G4 P2000;
M106 S255;light on
G4 P12500;
M106 S0; light off
G4 P750;

;LAYER_END

;LAYER_START:1
;currPos:0.075
M6054 "2.png";show Image
G0 Z8.325 F30;
G0 Z0.075 F150;
G4 P500;
M106 S255;light on
G4 P6001;
M106 S0; light off

;LAYER_END

;LAYER_START:2
;currPos:0.125
M6054 "3.png";show Image
G0 Z5.125 F60;
G0 Z0.125 F150;
G4 P500;
M106 S51;light on
G4 P6001;
M106 S0; light off

;LAYER_END

;LAYER_START:3
;currPos:0.175
M6054 "4.png";show Image
G0 Z5.175 F60;
G0 Z0.175 F150;
G4 P500;
M106 S255;light on
G4 P6001;
M106 S0; light off

;LAYER_END

;END_GCODE_BEGIN
M106 S0;
G0 Z5.175 F60;
G1 Z75.5 F25;
M18;

;END_GCODE_END
