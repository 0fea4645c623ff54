; voxelyte
;(****Build and Slicing Parameters****)
;(Pix per mm X            = 16.12903 )
;(Pix per mm Y            = 25.00000 )
;(X Resolution            = 6 )
;(Y Resolution            = 4 )
;(Layer Thickness         = 0.05 mm )
;(Layer Time              = 6001 ms )
;(Render Outlines         = False )
;(Outline Width Inset     = 2 )
;(Outline Width Outset    = 0 )
;(Bottom Layers Time      = 12500 ms )
;(Number of Bottom Layers = 1 )
;(Blanking Layer Time     = 6980 ms )
;(Build Direction         = Bottom_Up )
;(Lift Distance           = 5 mm )
;(Slide/Tilt Value        = 0 )
;(Use Mainlift GCode Tab  = False )
;(Anti Aliasing           = True )
;(Anti Aliasing Value     = 1 )
;(Z Lift Feed Rate        = 60 mm/min )
;(Z Bottom Lift Feed Rate = 30 mm/min )
;(Z Lift Retract Rate     = 150 mm/min )
;(Flip X                  = True )
;(Flip Y                  = False )
;Number of Slices         = 4
;(****Machine Configuration ******)
;(Platform X Size         = 0.372mm )
;(Platform Y Size         = 0.16mm )
;(Platform Z Size         = 75.5mm )
;(Max X Feedrate          = 200mm/min )
;(Max Y Feedrate          = 200mm/min )
;(Max Z Feedrate          = 200mm/min )
;(Machine Type            = UV_DLP )

G21 ;Set units to be mm
G91 ;Relative Positioning
M17 ;Enable motors
;<Slice> Blank
M106 S0

G1 Z0.025 F75
;<Delay> 2020
;<Slice> 0
M106 S255
;<Delay> 12500
M106 S0
;<Slice> Blank
;<Delay> 750
G1 Z8.25 F30

G1 Z-8.2 F150
;<Delay> 20280
;<Slice> 1
M106 S255
;<Delay> 6001
M106 S0
;<Slice> Blank
G1 Z5 F60

G1 Z-4.95 F150
;<Delay> 7480
;<Slice> 2
M106 S51
;<Delay> 6001
M106 S0
;<Slice> Blank
G1 Z5 F60

G1 Z-4.95 F150
;<Delay> 7480
;<Slice> 3
M106 S255
;<Delay> 6001
M106 S0
;<Slice> Blank
G1 Z5 F60
;<Delay> 5000

M106 S0
M18 ;Disable Motors
;<Completed>
